using System.Security.Cryptography;
using Predictive.Parquet;

namespace Predictive.Segmentation.History.Sources;

/// <summary>
/// What of a table of several files was delivered before: whole files with the same bytes, and lines that an earlier file already brought.
/// </summary>
/// <remarks>
/// Lines are compared within one order, over every column of the files. A line that one file holds n times and another m times counts
/// max(n, m) times: repeats within one file are that file's own affair. Without order ids only whole files are recognised, since equal
/// rows may be real. Files whose times do not overlap are not compared, so daily deliveries cost nothing.
/// </remarks>
internal sealed class Redelivery
{
    private readonly Dictionary<(string File, int RowGroup), bool[]> _lines = [];
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    private Redelivery()
    {
    }

    /// <summary>Lines not to be counted.</summary>
    public long Lines { get; private set; }

    /// <summary>Files with the same bytes as an earlier one.</summary>
    public IReadOnlyCollection<string> Files => _files;

    /// <summary>Looks through a table; null where nothing was delivered twice.</summary>
    /// <param name="root">The table's folder.</param>
    /// <param name="parts">Its row groups in order.</param>
    /// <param name="timeColumn">Path of the time column.</param>
    /// <param name="orderColumn">Path of the order column; null = none.</param>
    /// <param name="sourceColumn">Name of the source column: files of different sources are never taken for one another.</param>
    public static Redelivery? Find(string root, IReadOnlyList<ParquetDatasetPart> parts, string timeColumn, string? orderColumn, string sourceColumn)
    {
        var files = parts.GroupBy(p => p.File).Select(g => (File: g.Key, Parts: g.ToList())).ToList();
        if (files.Count < 2 || !Directory.Exists(root))
        {
            return null;
        }

        var found = new Redelivery();
        foreach (var source in files.GroupBy(f => f.File.Partition.GetValueOrDefault(sourceColumn) ?? ""))
        {
            found.FindFiles(root, [.. source]);
            if (orderColumn is not null)
            {
                found.FindLines([.. source.Where(f => !found._files.Contains(f.File.RelativePath))], timeColumn, orderColumn);
            }
        }

        return found.Lines > 0 ? found : null;
    }

    /// <summary>Marks the rows of a part from <paramref name="first"/> on that do not count: their code becomes −1.</summary>
    public void Drop(ParquetDatasetPart part, int first, Span<int> codes)
    {
        if (_files.Contains(part.File.RelativePath))
        {
            codes.Fill(-1);
        }
        else if (_lines.TryGetValue((part.File.RelativePath, part.RowGroup.Index), out bool[]? dropped))
        {
            for (int i = 0; i < codes.Length; i++)
            {
                codes[i] = dropped[first + i] ? -1 : codes[i];
            }
        }
    }

    private void FindFiles(string root, List<(ParquetDatasetFile File, List<ParquetDatasetPart> Parts)> files)
    {
        foreach (var sameSize in files.GroupBy(f => (new FileInfo(Path.Combine(root, f.File.RelativePath)).Length, f.File.Reader.RowCount)).Where(g => g.Count() > 1))
        {
            var seen = new HashSet<string>();
            foreach (var (file, parts) in sameSize)
            {
                using var stream = File.OpenRead(Path.Combine(root, file.RelativePath));
                if (!seen.Add(Convert.ToHexString(SHA256.HashData(stream))))
                {
                    _files.Add(file.RelativePath);
                    Lines += parts.Sum(p => p.RowGroup.RowCount);
                }
            }
        }
    }

    private void FindLines(List<(ParquetDatasetFile File, List<ParquetDatasetPart> Parts)> files, string timeColumn, string orderColumn)
    {
        var ranges = files.ConvertAll(f => Range(f.Parts, timeColumn));
        var copies = new Dictionary<UInt128, int>();
        for (int f = 0; f < files.Count; f++)
        {
            bool overlaps = ranges.Where((r, other) => other != f && r.First <= ranges[f].Last && ranges[f].First <= r.Last).Any();
            if (!overlaps)
            {
                continue;
            }

            var (file, parts) = files[f];
            var hasher = new LineHasher([.. file.Reader.Schema.Columns.Where(c => c.IsFlat).Select(c => c.Path).Order(StringComparer.Ordinal)], orderColumn);
            var here = new Dictionary<UInt128, int>();
            foreach (var part in parts)
            {
                var (hashes, ordered) = hasher.Hash(part);
                bool[]? dropped = null;
                for (int i = 0; i < hashes.Length; i++)
                {
                    if (!ordered[i])
                    {
                        continue;
                    }

                    int nth = here[hashes[i]] = here.GetValueOrDefault(hashes[i]) + 1;
                    ref int known = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(copies, hashes[i], out _);
                    if (nth <= known)
                    {
                        (dropped ??= new bool[hashes.Length])[i] = true;
                        Lines++;
                    }
                    else
                    {
                        known = nth;
                    }
                }

                if (dropped is not null)
                {
                    _lines.Add((file.RelativePath, part.RowGroup.Index), dropped);
                }
            }
        }
    }

    /// <summary>First and last time of a file by its statistics; everything where it states none.</summary>
    private static (long First, long Last) Range(List<ParquetDatasetPart> parts, string timeColumn)
    {
        long first = long.MaxValue, last = long.MinValue;
        foreach (var part in parts)
        {
            if (part.RowGroup.Columns[part.File.Reader.Schema[timeColumn].Index].Statistics is not { Min: long min, Max: long max })
            {
                return (long.MinValue, long.MaxValue);
            }

            (first, last) = (Math.Min(first, min), Math.Max(last, max));
        }

        return (first, last);
    }
}
