using System.Buffers;
using System.IO.Compression;
using System.Text;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// Counts that the rules between items and categories are made of: a block of some customers after the other. Blocks of any files add up
/// to the rules of the base that all their customers make up, in the memory that the rules of that base take by themselves.
/// </summary>
public static class RulesFile
{
    private const int MostBytes = 1 << 30;

    /// <summary>The rules of all blocks of the files, which were counted under the same rules, as of the same time.</summary>
    /// <param name="files">
    /// Paths, each with the customers that its blocks hold together; each is opened three times, and one of its parts read each time.
    /// </param>
    /// <param name="options">Those that the blocks were counted under.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="RulesFileException">A file is something else, or of other customers.</exception>
    public static MergedRules Merge(
        IReadOnlyList<(string Path, int Customers)> files, AssociationOptions options, CancellationToken cancellation = default)
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
    /// <param name="to">The file, at its end.</param>
    /// <param name="customers">How many were counted.</param>
    /// <param name="association">Of them.</param>
    /// <param name="thresholds">Of them.</param>
    internal static void Append(Stream to, int customers, AssociationCounts association, CategoryThresholdCounts thresholds)
    {
        using var file = new BinaryWriter(to, Encoding.UTF8, leaveOpen: true);
        file.Write(customers);

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

            file.Write((int)bytes.Length);
            file.Write((int)packed.Length);
            file.Write(packed.GetBuffer().AsSpan(0, (int)packed.Length));
        }
    }

    private static void Read(
        IReadOnlyList<(string Path, int Customers)> files, Part wanted, Action<BinaryReader> read, CancellationToken cancellation)
    {
        foreach ((string path, int customers) in files)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                using FileStream file = File.OpenRead(path);
                using var numbers = new BinaryReader(file);
                long counted = 0;
                while (file.Position < file.Length)
                {
                    counted += numbers.ReadInt32();
                    for (Part part = Part.Items; part <= Part.Thresholds; part++)
                    {
                        Read(file, numbers, part == wanted ? read : null);
                    }
                }

                if (counted != customers)
                {
                    // A file that ends where a block does looks whole.
                    throw new InvalidDataException($"{counted} customers are counted in it; expected {customers}");
                }
            }
            catch (Exception e) when (e is EndOfStreamException or InvalidDataException or InvalidOperationException or FormatException
                or IndexOutOfRangeException)
            {
                throw new RulesFileException(path, e);
            }
        }
    }

    private static void Read(FileStream file, BinaryReader numbers, Action<BinaryReader>? read)
    {
        (int length, int packed) = (numbers.ReadInt32(), numbers.ReadInt32());
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
