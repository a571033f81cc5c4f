using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Serving;

/// <summary>
/// What a host serves at one time: model, data and the scores of the base at the default as-of, taken up together. A request takes it once
/// and answers from it to the end. Immutable in what it says; only caches fill. Safe to use from several threads.
/// </summary>
public sealed class ServingSnapshot
{
    private const int MostTables = 3;
    private const int MostAnswers = 64;

    private readonly LinkedList<ScoreTable> _others = new();
    private readonly Lock _othersLock = new();
    private volatile AgeText _age = new(-1, default);

    internal ServingSnapshot(
        ModelVersion version, FileIdentity file, CustomerScorer scorer, TransactionHistory? history, string? dataIdentity, LocalTime? asOf,
        ScoreTable? scores,
        DateTimeOffset builtAt, TimeSpan took, WorkQueue work, long readyBytes)
    {
        (Version, Scorer, History, AsOf, Scores, BuiltAt, Took) = (version, scorer, history, asOf, scores, builtAt, took);
        string of = string.Create(
            CultureInfo.InvariantCulture,
            $"{version.Name}|{version.Version}|{file.Length}|{file.WrittenTicks}|{dataIdentity}|{asOf?.Micros}");
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(of)).AsSpan(0, 8));
        ETag = $"W/\"{Id}\"";
        Model = $"{version.Name}/{version.Version}";
        DataAsOf = history is null ? "" : new LocalTime(history.LastMicros).ToString();
        Ready = new ReadyAnswers(history?.CustomerCount ?? 0, readyBytes);
        Answers = new AnswerCache(work, MostAnswers);
        Zone = TimeZoneInfo.FindSystemTimeZoneById(history?.Description.TimeZone ?? "UTC");
        if (scores is not null)
        {
            Row = new int[history!.CustomerCount];
            Array.Fill(Row, -1);
            for (int row = 0; row < scores.Count; row++)
            {
                Row[scores.Customers[row]] = row;
            }

            WithoutScore = scorer.Given is null ? 0 : Population.At(history, asOf!.Value).Length - scores.Count;
            LinesAfterAsOf =
                history.LineCount - Enumerable.Range(0, history.CustomerCount).Sum(c => (long)history.Lines(c).Before(asOf!.Value).Count);
        }
    }

    /// <summary>Names this snapshot: equal model, data files and as-of give an equal id.</summary>
    public string Id { get; }

    /// <summary>The version that serves.</summary>
    public ModelVersion Version { get; }

    /// <summary>The models.</summary>
    public CustomerScorer Scorer { get; }

    /// <summary>The customers' history; null = none is served.</summary>
    public TransactionHistory? History { get; }

    /// <summary>
    /// The default as-of: midnight after the last transaction, but never later than midnight after today; that of the scores where those
    /// were given from outside. Null = no data is served.
    /// </summary>
    public LocalTime? AsOf { get; }

    /// <summary>The base's scores at it; null = no data is served.</summary>
    public ScoreTable? Scores { get; }

    /// <summary>Lines at or after the default as-of: after today, and so left out.</summary>
    public long LinesAfterAsOf { get; }

    /// <summary>Customers with a purchase before the default as-of for whom no score was given; 0 where the version was trained.</summary>
    public int WithoutScore { get; }

    /// <summary>When it was built.</summary>
    public DateTimeOffset BuiltAt { get; }

    /// <summary>How long that took.</summary>
    public TimeSpan Took { get; }

    /// <summary>Time of the last transaction on the dataset's clock; empty = no data is served.</summary>
    public string DataAsOf { get; }

    /// <summary>Name and version.</summary>
    internal string Model { get; }

    internal string ETag { get; }

    /// <summary>Row of each customer in <see cref="Scores"/>; −1 = has no purchase before the default as-of.</summary>
    internal int[] Row { get; } = [];

    /// <summary>What events need of the data; null = no data is served.</summary>
    internal EventBase? Base { get; init; }

    internal ReadyAnswers Ready { get; }

    internal AnswerCache Answers { get; }

    /// <summary>The dataset's clock.</summary>
    internal TimeZoneInfo Zone { get; }

    /// <summary>Seconds from the last transaction to now; null = no data is served.</summary>
    public double? DataAgeSeconds(DateTimeOffset now) =>
        History is null
            ? null
            : (Predictive.History.LocalTime.From(TimeZoneInfo.ConvertTime(now, Zone).DateTime).Micros - History.LastMicros) / 1e6;

    /// <summary>The same in whole seconds as text, made anew each minute at most.</summary>
    internal StringValues DataAgeText(DateTimeOffset now)
    {
        long minute = now.ToUnixTimeSeconds() / 60;
        AgeText age = _age;
        if (age.Minute != minute)
        {
            _age = age = new AgeText(minute, ((long)(DataAgeSeconds(now) ?? 0)).ToString(CultureInfo.InvariantCulture));
        }

        return age.Text;
    }

    private sealed record AgeText(long Minute, StringValues Text);

    /// <summary>Scores of the base at another time; the last few are kept. To be called from the work queue.</summary>
    internal ScoreTable ScoresAt(LocalTime asOf, CancellationToken cancellation)
    {
        if (asOf == AsOf)
        {
            return Scores!;
        }

        lock (_othersLock)
        {
            for (LinkedListNode<ScoreTable>? node = _others.First; node is not null; node = node.Next)
            {
                if (node.Value.AsOf == asOf)
                {
                    _others.Remove(node);
                    _others.AddFirst(node);
                    return node.Value;
                }
            }
        }

        ScoreTable made = Scorer.ScoreAll(
            History!, asOf, new ScoreAllOptions { Threads = Math.Max(1, Environment.ProcessorCount - 1) }, cancellation: cancellation);
        lock (_othersLock)
        {
            _others.AddFirst(made);
            if (_others.Count > MostTables)
            {
                _others.RemoveLast();
            }
        }

        return made;
    }
}
