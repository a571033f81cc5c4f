using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Answers;

namespace Predictive.Api.Http;

/// <summary>Reads a whole body within its limits of size and time, whatever the server in front allows.</summary>
internal static class BodyReading
{
    /// <summary>Reads the body and makes something of it.</summary>
    /// <exception cref="RequestException">It is larger than allowed (413), or was not here in time (408).</exception>
    public static async Task<T> Read<T>(HttpContext context, int mostBytes, TimeSpan within, Func<ReadOnlySequence<byte>, T> use)
    {
        if (context.Request.ContentLength > mostBytes)
        {
            throw TooLarge(mostBytes);
        }

        PipeReader body = context.Request.BodyReader;
        CancellationTokenSource? time = null;
        try
        {
            while (true)
            {
                if (!body.TryRead(out ReadResult read))
                {
                    time ??= Timer(context, within);
                    read = await body.ReadAsync(time.Token);
                }

                if (read.Buffer.Length > mostBytes)
                {
                    body.AdvanceTo(read.Buffer.End);
                    throw TooLarge(mostBytes);
                }

                if (read.IsCompleted)
                {
                    try
                    {
                        return use(read.Buffer);
                    }
                    finally
                    {
                        body.AdvanceTo(read.Buffer.End);
                    }
                }

                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (OperationCanceledException) when (time is { IsCancellationRequested: true }
            && !context.RequestAborted.IsCancellationRequested)
        {
            throw RequestException.TooSlow(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The body was not here after {within.TotalSeconds:0.#} s. Send it faster, or in smaller parts."));
        }
        finally
        {
            time?.Dispose();
        }
    }

    private static CancellationTokenSource Timer(HttpContext context, TimeSpan within)
    {
        var time = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        time.CancelAfter(within);
        return time;
    }

    private static RequestException TooLarge(int most) =>
        RequestException.TooLarge(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The body is larger than {most:N0} bytes. Send fewer transactions, or histories one a line to POST /v1/score/batch."));
}
