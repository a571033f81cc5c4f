using System.Security.Cryptography;
using Predictive.History.Parquet;

namespace Predictive.History.Sources;

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
    private const int Batch = 8192;
    private readonly Dictionary<(string File, int RowGroup), bool[]> _lines = [];
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    private Redelivery()
    {
    }

    /// <summary>Lines not to be counted.</summary>
    public long Lines { get; private set; }

    /// <summary>Files with the same bytes as an earlier one.</summary>
    public IReadOnlyCollection<string> Files => _files;

    /// <summary>
    /// A column that only files of events have which were sent one by one: each is told from every other line by its number there, so these
    /// files are not compared.
    /// </summary>
    public const string SequenceColumn = "event_sequence";

    /// <summary>The code of a line that was delivered before.</summary>
    public const int Dropped = -2;

    /// <summary>Looks through a table; null where nothing was delivered twice.</summary>
    /// <param name="parts">Its row groups.</param>
    /// <param name="columns">Every flat column: lines are equal where all are.</param>
    /// <param name="time">The time column.</param>
    /// <param name="order">The order column; null = none.</param>
    /// <param name="source">Name of the partition that names a line's source: files of different sources are never taken for one
    /// another.</param>
    /// <param name="zone">Whose clock the times are given on.</param>
    /// <exception cref="DatasetException">A file is damaged.</exception>
    public static Redelivery? Find(
        IReadOnlyList<TablePart> parts, IReadOnlyList<TableColumn> columns, TableColumn time, TableColumn? order, string? source,
        TimeZoneInfo zone)
    {
        var files = parts.GroupBy(p => p.File).Select(g => (File: g.Key, Parts: g.ToList())).ToList();
        if (files.Count < 2)
        {
            return null;
        }

        var found = new Redelivery();
        foreach (var ofSource in files.GroupBy(f => f.File.Partition.GetValueOrDefault(source ?? "") ?? ""))
        {
            found.FindFiles([.. ofSource]);
            if (order is { IsName: true })
            {
                found.FindLines(
                    [.. ofSource.Where(f => !found._files.Contains(f.File.RelativePath) && f.File.Find(SequenceColumn) is null)], time,
                    new LineHasher(columns, order, zone));
            }
        }

        return found.Lines > 0 ? found : null;
    }

    /// <summary>
    /// Marks the rows of a part from <paramref name="first"/> on that do not count: their code becomes <see cref="Dropped"/>.
    /// </summary>
    public void Drop(TablePart part, int first, Span<int> codes)
    {
        if (_files.Contains(part.File.RelativePath))
        {
            codes.Fill(Dropped);
        }
        else if (_lines.TryGetValue((part.File.RelativePath, part.RowGroup), out bool[]? dropped))
        {
            for (int i = 0; i < codes.Length; i++)
            {
                codes[i] = dropped[first + i] ? Dropped : codes[i];
            }
        }
    }

    private void FindFiles(List<(TableFile File, List<TablePart> Parts)> files)
    {
        // A file that lines were erased from stands for what it was, too.
        var sizes = files.SelectMany(f => SizesOf(f.File)).GroupBy(s => s).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();
        var seen = new HashSet<string>();
        foreach (var (file, parts) in files)
        {
            if (!SizesOf(file).Any(sizes.Contains))
            {
                continue;
            }

            using var stream = File.OpenRead(file.Path);
            string[] hashes = file.Before is { } before
                ? [Convert.ToHexStringLower(SHA256.HashData(stream)), before.Sha256]
                : [Convert.ToHexStringLower(SHA256.HashData(stream))];
            if (hashes.Any(seen.Contains))
            {
                _files.Add(file.RelativePath);
                Lines += parts.Sum(p => p.Rows);
            }

            seen.UnionWith(hashes);
        }
    }

    private static IEnumerable<(long Length, long Rows)> SizesOf(TableFile file)
    {
        yield return (new FileInfo(file.Path).Length, file.RowCount);
        if (file.Before is { } before)
        {
            yield return (before.Length, before.Rows);
        }
    }

    private void FindLines(List<(TableFile File, List<TablePart> Parts)> files, TableColumn time, LineHasher hasher)
    {
        var ranges = files.ConvertAll(f => Range(f.Parts, time));
        var copies = new Dictionary<UInt128, int>();
        UInt128[] hashes = new UInt128[Batch];
        bool[] ordered = new bool[Batch];
        for (int f = 0; f < files.Count; f++)
        {
            bool overlaps = ranges.Where((r, other) => other != f && r.First <= ranges[f].Last && ranges[f].First <= r.Last).Any();
            if (!overlaps)
            {
                continue;
            }

            var (file, parts) = files[f];
            var here = new Dictionary<UInt128, int>();
            foreach (TablePart part in parts)
            {
                bool[]? dropped = null;
                part.Read(Batch, hasher.Open, (first, n) =>
                {
                    hasher.Read(hashes.AsSpan(0, n), ordered.AsSpan(0, n));
                    for (int i = 0; i < n; i++)
                    {
                        if (!ordered[i])
                        {
                            continue;
                        }

                        int nth = here[hashes[i]] = here.GetValueOrDefault(hashes[i]) + 1;
                        ref int known =
                            ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(copies, hashes[i], out _);
                        if (nth <= known)
                        {
                            (dropped ??= new bool[part.Rows])[first + i] = true;
                            Lines++;
                        }
                        else
                        {
                            known = nth;
                        }
                    }
                });
                if (dropped is not null)
                {
                    _lines.Add((file.RelativePath, part.RowGroup), dropped);
                }
            }
        }
    }

    /// <summary>
    /// First and last time of a file by its statistics (local, a day of slack for instants in UTC); everything where it states none.
    /// </summary>
    private static (long First, long Last) Range(List<TablePart> parts, TableColumn time)
    {
        long first = long.MaxValue, last = long.MinValue;
        foreach (TablePart part in parts)
        {
            if (part.Range(time) is not var (min, max) || time.Stored[part.File] is not { } stored)
            {
                return (long.MinValue, long.MaxValue);
            }

            long slack = stored.IsUtc ? LocalTime.MicrosPerDay : 0, to = stored.Micros(max);
            (first, last) =
                (Math.Min(first, stored.Micros(min) - slack), Math.Max(last, to == ColumnBatches.ImpossibleTime ? to : to + slack));
        }

        return (first, last);
    }
}
