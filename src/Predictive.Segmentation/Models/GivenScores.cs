using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Predictive.History;
using Predictive.Learning;

namespace Predictive.Segmentation.Models;

/// <summary>What a model from outside said of one customer, and what was made of it.</summary>
/// <param name="Churn">Probability of no purchase within the horizon, 0–1, as given.</param>
/// <param name="Spend">Expected net spend within it, 0 or more, as given.</param>
/// <param name="Orders">Expected orders: as given, else of customers of as much expected spend on a window that has passed.</param>
/// <param name="Low">Lower end of the 80 % interval of net spend, found on a window that has passed; at most the spend.</param>
/// <param name="High">Its upper end; at least the spend.</param>
public readonly record struct GivenScore(double Churn, double Spend, double Orders, double Low, double High);

/// <summary>
/// <c>given.bin</c>: the scores of a model that was made elsewhere, where a version holds those instead of a model. They answer for the
/// customers they were given for, as of the time they were given for, and for nothing else. Immutable; safe to use from several threads.
/// </summary>
/// <remarks>
/// Columns, one row a customer, by ascending key:
/// <code>
/// PRGS  format  count | keys 16 B each | churn 8 B | spend 8 B | orders 4 B | low 4 B | high 4 B
/// </code>
/// A key is the first 16 bytes of SHA-256 over the hash of the file and the id: a zip never changes, so an id in it could not be taken out
/// for who is erased. Such a hash is no secret to somebody who has a list of ids.
/// </remarks>
public sealed class GivenScores
{
    /// <summary>Name of the entry in a version zip.</summary>
    public const string EntryName = "given.bin";

    /// <summary>What <see cref="Registry.EngineStamp.Name"/> of such a version is.</summary>
    public const string Engine = "outside";

    /// <summary>Code of the refusal of what cannot be done with given scores.</summary>
    public const string RefusalCode = "given-scores";

    private const int Format = 1, KeyBytes = 16;

    private readonly UInt128[] _keys;
    private readonly GivenScore[] _scores;

    private GivenScores(string source, string sourceHash, LocalTime asOf, UInt128[] keys, GivenScore[] scores) =>
        (Source, SourceHash, AsOf, _keys, _scores) = (source, sourceHash, asOf, keys, scores);

    private static ReadOnlySpan<byte> Magic => "PRGS"u8;

    /// <summary>What the outside model is called.</summary>
    public string Source { get; }

    /// <summary>SHA-256 of the file it came in, lower-case hex.</summary>
    public string SourceHash { get; }

    /// <summary>The one time they answer for.</summary>
    public LocalTime AsOf { get; }

    /// <summary>Customers they answer for.</summary>
    public int Count => _keys.Length;

    /// <summary>Every score, in no order that tells whose it is.</summary>
    internal IReadOnlyList<GivenScore> All => _scores;

    /// <summary>Puts given scores together.</summary>
    /// <param name="source">What the outside model is called.</param>
    /// <param name="sourceHash">SHA-256 of the file it came in.</param>
    /// <param name="asOf">The time they are for.</param>
    /// <param name="customers">Ids, each once.</param>
    /// <param name="scores">One for each.</param>
    /// <exception cref="ArgumentException">There is none, an id stands twice, or a number is out of its range.</exception>
    public static GivenScores Of(
        string source, string sourceHash, LocalTime asOf, IReadOnlyList<string> customers, IReadOnlyList<GivenScore> scores)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(sourceHash);
        ArgumentNullException.ThrowIfNull(customers);
        ArgumentNullException.ThrowIfNull(scores);
        if (customers.Count != scores.Count || scores.Count == 0)
        {
            throw new ArgumentException(
                $"{customers.Count} customers and {scores.Count} scores were given; expected as many of each, at least one.");
        }

        // As they are read back, so that a version says the same before and after it is written.
        GivenScore[] rows = [.. scores.Select(s => Bound(s with { Orders = (float)s.Orders, Low = (float)s.Low, High = (float)s.High }))];
        UInt128[] keys = [.. customers.Select(c => Key(sourceHash, c))];
        Array.Sort(keys, rows);
        var made = new GivenScores(source, sourceHash, asOf, keys, rows);
        return made.Fault() is { } fault ? throw new ArgumentException(fault) : made;
    }

    /// <summary>Whether a customer's score was given.</summary>
    public bool Holds(string customer) => Array.BinarySearch(_keys, Key(SourceHash, customer)) >= 0;

    /// <summary>The score of a customer.</summary>
    /// <exception cref="DatasetException">It is asked as of another time, or was not given for the customer.</exception>
    public GivenScore Find(string customer, LocalTime asOf)
    {
        RequireAt(asOf);
        int at = Array.BinarySearch(_keys, Key(SourceHash, customer));
        return at >= 0 ? _scores[at] : throw Refusal($"the score of customer '{Short(customer)}' as of {asOf}");
    }

    /// <summary>Refuses another time than the one they were given for.</summary>
    /// <exception cref="DatasetException">It is another.</exception>
    public void RequireAt(LocalTime asOf)
    {
        if (asOf != AsOf)
        {
            throw Refusal($"scores as of {asOf}");
        }
    }

    /// <summary>The refusal of what would need a model: what was asked, what is there, what to do.</summary>
    /// <param name="asked">Such as <c>the score of a history that was sent along</c>.</param>
    public DatasetException Refusal(string asked) => new(RefusalCode, RefusalText(asked));

    /// <summary>Its words.</summary>
    /// <param name="asked">Such as <c>the score of a history that was sent along</c>.</param>
    public string RefusalText(string asked) => string.Create(
        CultureInfo.InvariantCulture,
        $"Asked for {asked}, which needs a model. This version holds none: it holds the scores that '{Source}', a model from outside, gave "
            + $"{Count:N0} customers as of {AsOf}. Ask for one of those as of {AsOf}, import newer scores (predictive import-scores "
            + $"--publish), or use a version that was trained here.");

    /// <summary>What stands where a model of ours would give its reasons.</summary>
    public string NoReasons => $"risk and spend were given by '{Source}', a model from outside, as of {AsOf}; it gives no reasons";

    /// <summary>Writes the payload <see cref="Load"/> reads. Equal scores give equal bytes.</summary>
    public void Save(Stream stream)
    {
        var writer = new PayloadWriter();
        writer.WriteMagic(Magic);
        writer.Write(Format);
        byte[] keys = new byte[_keys.Length * KeyBytes];
        for (int i = 0; i < _keys.Length; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(keys.AsSpan(i * KeyBytes), _keys[i]);
        }

        writer.Write(keys.AsSpan());
        writer.Write(Array.ConvertAll(_scores, s => s.Churn).AsSpan());
        writer.Write(Array.ConvertAll(_scores, s => s.Spend).AsSpan());
        writer.Write(Array.ConvertAll(_scores, s => (float)s.Orders).AsSpan());
        writer.Write(Array.ConvertAll(_scores, s => (float)s.Low).AsSpan());
        writer.Write(Array.ConvertAll(_scores, s => (float)s.High).AsSpan());
        writer.CopyTo(stream);
    }

    /// <summary>Loads what <see cref="Save"/> wrote.</summary>
    /// <param name="payload">The entry.</param>
    /// <param name="source">What the outside model is called.</param>
    /// <param name="sourceHash">SHA-256 of the file it came in.</param>
    /// <param name="asOf">The time they are for.</param>
    /// <exception cref="LearningException">The payload is damaged or too new.</exception>
    public static GivenScores Load(ReadOnlyMemory<byte> payload, string source, string sourceHash, LocalTime asOf)
    {
        var reader = new PayloadReader(payload.Span, EntryName);
        reader.Magic(Magic);
        reader.Format(Format);
        ReadOnlySpan<byte> bytes = reader.Bytes();
        reader.Require(bytes.Length > 0 && bytes.Length % KeyBytes == 0, $"keys of {bytes.Length} bytes");
        var keys = new UInt128[bytes.Length / KeyBytes];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes[(i * KeyBytes)..]);
        }

        double[] churn = reader.Doubles(keys.Length), spend = reader.Doubles(keys.Length);
        float[] orders = reader.Floats(keys.Length), low = reader.Floats(keys.Length), high = reader.Floats(keys.Length);
        reader.End();
        var read = new GivenScores(
            source, sourceHash, asOf, keys,
            [.. keys.Select((_, i) => Bound(new GivenScore(churn[i], spend[i], orders[i], low[i], high[i])))]);
        return read.Fault() is { } fault ? throw reader.Damaged(fault) : read;
    }

    /// <summary>The ends as doubles: what a float was rounded to may have passed the spend.</summary>
    private static GivenScore Bound(GivenScore s) => s with { Low = Math.Min(s.Low, s.Spend), High = Math.Max(s.High, s.Spend) };

    private string? Fault()
    {
        for (int i = 0; i < _keys.Length; i++)
        {
            GivenScore s = _scores[i];
            if (i > 0 && _keys[i] <= _keys[i - 1])
            {
                return "a customer stands twice, or the rows are not in order";
            }

            if (!(s is { Churn: >= 0 and <= 1, Spend: >= 0, Orders: >= 0, Low: >= 0 }
                && double.IsFinite(s.High + s.Orders + s.Spend)))
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"row {i + 1} has the chance {s.Churn}, spend {s.Spend}, {s.Orders} orders, low end {s.Low} and high end {s.High}; "
                        + $"expected a chance from 0 to 1 and numbers of 0 or more");
            }
        }

        return null;
    }

    private static UInt128 Key(string sourceHash, string customer) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{sourceHash}\n{customer}")));

    private static string Short(string id) => new([.. id.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);
}
