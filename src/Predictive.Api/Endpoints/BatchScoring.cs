using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>
/// Scores a stream of histories: lines are cut out of the body as it comes, scored in chunks on all cores, and answered in their order. A
/// line that cannot be used is answered in its place, whatever it holds.
/// </summary>
/// <remarks>
/// <code>
/// body ──lines──▶ chunk ──▶ [ task, task, task ]   at most two per core, in order ──▶ answer
/// </code>
/// A full channel stops the reading, a slow caller the writing: memory is bounded by chunks under way (64 KB each, or one line of the
/// longest allowed).
/// </remarks>
internal sealed partial class BatchScoring(
    InlineScoring scoring, ScoringHostOptions options, HostMetrics metrics, ILogger<BatchScoring> log)
{
    public const string MediaType = "application/x-ndjson";

    private const int ChunkBytes = 64 << 10;
    private const int ChunkLines = 64;

    private static readonly int s_underWay = 2 * Environment.ProcessorCount;

    public async Task Run(HttpContext context, ServingSnapshot snapshot, CustomerScorer scorer)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        // A caller that waits for answers before it sends more is not slow; one that sends nothing at all is ended below.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            rate.MinDataRate = null;
        }

        context.Response.ContentType = MediaType;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var answers = Channel.CreateBounded<Task<Answered>>(s_underWay);
        Task writing = Write(context.Response.BodyWriter, answers.Reader, ended);
        try
        {
            await Cut(
                context.Request.BodyReader, chunk => answers.Writer.WriteAsync(Task.Run(() => Score(chunk, snapshot, scorer)), ended.Token),
                ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            // Writing failed and says why below.
        }
        finally
        {
            answers.Writer.TryComplete();
        }

        await writing;
    }

    /// <summary>Cuts the body into chunks of lines; longer lines than allowed are passed over and told in their place.</summary>
    private async Task Cut(PipeReader body, Func<Chunk, ValueTask> emit, CancellationToken cancellation)
    {
        int line = 0;
        bool skipping = false;
        var chunk = new Chunk();
        while (true)
        {
            ReadResult read;
            if (!body.TryRead(out read))
            {
                // Nothing more is here: what there is must not wait for what may come.
                if (chunk.Lines.Count > 0)
                {
                    await emit(chunk);
                    chunk = new Chunk();
                }

                using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                idle.CancelAfter(options.BodyTimeout);
                try
                {
                    read = await body.ReadAsync(idle.Token);
                }
                catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
                {
                    chunk.Add(
                        line + 1,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"Nothing came for {options.BodyTimeout.TotalSeconds:0.#} s; the stream ends here."));
                    await emit(chunk);
                    return;
                }
                catch (BadHttpRequestException e)
                {
                    // A body cut short, or not chunked as it says: what was whole is answered.
                    chunk.Add(line + 1, $"{e.Message.TrimEnd('.')}; the stream ends here.");
                    await emit(chunk);
                    return;
                }
            }

            ReadOnlySequence<byte> rest = read.Buffer;
            while (true)
            {
                SequencePosition? end = rest.PositionOf((byte)'\n');
                if (end is null && !(read.IsCompleted && !rest.IsEmpty))
                {
                    break;
                }

                ReadOnlySequence<byte> text = end is { } at ? rest.Slice(0, at) : rest;
                rest = end is { } after ? rest.Slice(rest.GetPosition(1, after)) : rest.Slice(rest.End);
                if (skipping)
                {
                    skipping = false;
                    continue;
                }

                line++;
                if (text.Length > options.MaxBodyBytes)
                {
                    chunk.Add(line, TooLong());
                }
                else if (!IsBlank(text))
                {
                    chunk.Add(line, text);
                }

                if (chunk.Lines.Count >= ChunkLines || chunk.Length >= ChunkBytes)
                {
                    await emit(chunk);
                    chunk = new Chunk();
                }
            }

            if (rest.Length > options.MaxBodyBytes)
            {
                if (!skipping)
                {
                    chunk.Add(++line, TooLong());
                    skipping = true;
                }

                rest = rest.Slice(rest.End);
            }
            else if (skipping)
            {
                rest = rest.Slice(rest.End);
            }

            body.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                if (chunk.Lines.Count > 0)
                {
                    await emit(chunk);
                }

                return;
            }
        }
    }

    private string TooLong() =>
        string.Create(CultureInfo.InvariantCulture, $"The line is longer than {options.MaxBodyBytes:N0} bytes; it was passed over.");

    private static bool IsBlank(ReadOnlySequence<byte> text)
    {
        foreach (ReadOnlyMemory<byte> part in text)
        {
            if (part.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return false;
            }
        }

        return true;
    }

    private Answered Score(Chunk chunk, ServingSnapshot snapshot, CustomerScorer scorer)
    {
        var output = new ArrayBufferWriter<byte>(chunk.Lines.Count * 2048);
        int refused = 0;
        foreach ((int number, int start, int length, string? problem) in chunk.Lines)
        {
            string? fault = problem;
            int status = StatusCodes.Status400BadRequest;
            if (fault is null)
            {
                try
                {
                    output.Write(scoring.Score(chunk.Buffer.AsSpan(start, length), snapshot, _ => scorer).Json);
                }
                catch (RequestException e)
                {
                    fault = e.Message;
                }
                catch (DatasetException e)
                {
                    fault = e.Message;
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    // Our fault, not the line's: told in its place, and in the log.
                    LineFailed(e, number);
                    (fault, status) = ("The host failed on this line; its log says why.", StatusCodes.Status500InternalServerError);
                }
            }

            if (fault is not null)
            {
                refused++;
                output.Write(
                    JsonSerializer.SerializeToUtf8Bytes(new BatchProblem(number, Problem.Line(fault, status)), AnswerJson.Options));
            }

            output.Write("\n"u8);
        }

        chunk.Return();
        metrics.Lines(chunk.Lines.Count - refused, refused);
        return new Answered(output.WrittenMemory);
    }

    private static async Task Write(PipeWriter output, ChannelReader<Task<Answered>> answers, CancellationTokenSource ended)
    {
        try
        {
            while (await answers.WaitToReadAsync(ended.Token))
            {
                while (answers.TryRead(out Task<Answered>? next))
                {
                    Answered answered = await next;
                    FlushResult flushed = await output.WriteAsync(answered.Text, ended.Token);
                    if (flushed.IsCompleted)
                    {
                        // Nobody reads any more.
                        await ended.CancelAsync();
                        return;
                    }
                }
            }
        }
        catch
        {
            await ended.CancelAsync();
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Line {Line} of a batch failed")]
    private partial void LineFailed(Exception fault, int line);

    private readonly record struct Answered(ReadOnlyMemory<byte> Text);

    /// <summary>Some lines, copied out of the body.</summary>
    private sealed class Chunk
    {
        public byte[] Buffer { get; private set; } = [];

        public int Length { get; private set; }

        public List<(int Number, int Start, int Length, string? Problem)> Lines { get; } = [];

        public void Add(int number, string problem) => Lines.Add((number, 0, 0, problem));

        public void Add(int number, ReadOnlySequence<byte> text)
        {
            int length = (int)text.Length;
            if (Buffer.Length - Length < length)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + length, ChunkBytes));
                Buffer.AsSpan(0, Length).CopyTo(larger);
                Return();
                Buffer = larger;
            }

            text.CopyTo(Buffer.AsSpan(Length));
            Lines.Add((number, Length, length, null));
            Length += length;
        }

        public void Return()
        {
            if (Buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(Buffer);
                Buffer = [];
            }
        }
    }
}

/// <summary>A line of a batch that cannot be scored.</summary>
/// <param name="Line">Its number, from 1; blank lines count.</param>
/// <param name="Problem">Why.</param>
internal sealed record BatchProblem(int Line, Problem Problem);
