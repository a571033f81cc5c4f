using System.Buffers;
using System.IO.Compression;
using System.Text;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// Counts that the rules between items and categories are made of: a block of some customers after the other. Blocks of any files add up
/// to the rules of the base that all their customers make up, in the memory that the rules of that base take by themselves.
/// </summary>
public static class RulesFile
{
    private const int MostBytes = 1 << 30;

    /// <summary>Appends a block.</summary>
    /// <param name="to">The file, at its end.</param>
    /// <param name="table">The customers, at the as-of.</param>
    /// <param name="cancellation">Ends early.</param>
    public static void Append(Stream to, SegmentTable table, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(table);
        TransactionHistory marked = ReturnMatching.Mark(table.History, table.AsOf);
        Append(
            to, new AssociationCounts(marked, table.AsOf, table.Book.Options.Portfolio.Association, cancellation),
            CategoryThresholdCounts.Of(marked, table.AsOf));
    }

    /// <summary>The rules of all blocks of the files, which were counted under the same rules, as of the same time.</summary>
    /// <param name="files">Paths; each is opened three times, and one of its parts read each time.</param>
    /// <param name="options">Those that the blocks were counted under.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="RulesFileException">A file is something else.</exception>
    public static MergedRules Merge(IReadOnlyList<string> files, AssociationOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var association = new AssociationTotals(options);
        var thresholds = new CategoryThresholdCounts();
        Read(files, Part.Items, association.AddItems, cancellation);
        Read(files, Part.Pairs, association.AddPairs, cancellation);
        Read(files, Part.Thresholds, from => thresholds.Add(CategoryThresholdCounts.Read(from)), cancellation);
        (AssociationResult rules, int items, int lags) = association.Result();
        (IReadOnlyList<CategoryThresholdRule> found, int categories) = thresholds.Result();
        return new MergedRules(rules, found, new RulesCutShort(items, lags, categories));
    }

    /// <summary>Appends a block.</summary>
    internal static void Append(Stream to, AssociationCounts association, CategoryThresholdCounts thresholds)
    {
        // In the order of Part.
        Action<BinaryWriter>[] parts = [association.WriteItems, association.WritePairs, thresholds.Write];
        foreach (Action<BinaryWriter> write in parts)
        {
            var bytes = new MemoryStream();
            using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
            {
                write(writer);
            }

            var packed = new MemoryStream();
            using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            {
                bytes.WriteTo(brotli);
            }

            using var file = new BinaryWriter(to, Encoding.UTF8, leaveOpen: true);
            file.Write((int)bytes.Length);
            file.Write((int)packed.Length);
            file.Flush();
            packed.WriteTo(to);
        }
    }

    private static void Read(IReadOnlyList<string> files, Part wanted, Action<BinaryReader> read, CancellationToken cancellation)
    {
        foreach (string path in files)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                using FileStream file = File.OpenRead(path);
                for (int part = 0; file.Position < file.Length; part = (part + 1) % 3)
                {
                    Read(file, part == (int)wanted ? read : null);
                }
            }
            catch (Exception e) when (e is EndOfStreamException or InvalidDataException or InvalidOperationException or FormatException
                or IndexOutOfRangeException)
            {
                throw new RulesFileException(path, e);
            }
        }
    }

    private static void Read(FileStream file, Action<BinaryReader>? read)
    {
        Span<byte> lengths = stackalloc byte[8];
        file.ReadExactly(lengths);
        (int length, int packed) = (BitConverter.ToInt32(lengths), BitConverter.ToInt32(lengths[4..]));
        if (length is < 0 or > MostBytes || packed < 0 || packed > file.Length - file.Position)
        {
            throw new InvalidDataException(
                $"a part of {length} bytes, packed {packed}, is told where {file.Length - file.Position} are left");
        }

        if (read is null)
        {
            file.Position += packed;
            return;
        }

        byte[] source = ArrayPool<byte>.Shared.Rent(packed), bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            file.ReadExactly(source, 0, packed);
            if (!BrotliDecoder.TryDecompress(source.AsSpan(0, packed), bytes.AsSpan(0, length), out int written) || written != length)
            {
                throw new InvalidDataException($"{packed} bytes do not unpack to {length}");
            }

            using var from = new BinaryReader(new MemoryStream(bytes, 0, length), Encoding.UTF8);
            read(from);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(source);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>The parts of a block, one after the other.</summary>
    private enum Part
    {
        Items,
        Pairs,
        Thresholds,
    }
}

/// <summary>A file does not hold counts of rules as they were written.</summary>
/// <param name="file">Its path.</param>
/// <param name="cause">What was found.</param>
public sealed class RulesFileException(string file, Exception cause)
    : IOException($"{Path.GetFileName(file)} does not hold counts of rules as they were written: {cause.Message.TrimEnd('.')}.", cause)
{
    /// <summary>Its path.</summary>
    public string File { get; } = file;
}

/// <summary>The rules of a base that was counted in parts.</summary>
/// <param name="Association">What is bought together and after one another.</param>
/// <param name="Thresholds">Who buys from a category for the first time.</param>
/// <param name="CutShort">How far they are those of the whole base.</param>
public sealed record MergedRules(
    AssociationResult Association, IReadOnlyList<CategoryThresholdRule> Thresholds, RulesCutShort CutShort);

/// <summary>
/// How far the rules of a portfolio from parts are those of the whole base: exactly, where all are 0. Parts count more items and categories
/// than the rules look at, but not all.
/// </summary>
/// <param name="Items">Items looked at, pairs of which some part did not count: such a pair has at most the support told.</param>
/// <param name="Lags">Sequences whose days in between are those of a part of their customers, a random one.</param>
/// <param name="Categories">Categories whose thresholds rest on a part of the customers, a random one.</param>
public sealed record RulesCutShort(int Items, int Lags, int Categories);
