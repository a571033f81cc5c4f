using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Worker.Tests.Gate;

/// <summary>One way a delivery goes wrong, at three strengths, the weakest first.</summary>
/// <param name="Name">Of the kind.</param>
/// <param name="Strengths">What <paramref name="Apply"/> takes.</param>
/// <param name="Apply">All lines of the delivery, the time from which they are new, the strength and a seeded source of chance.</param>
public sealed record Corruption(
    string Name, double[] Strengths, Func<IReadOnlyList<TransactionLine>, DateTime, double, Random, IEnumerable<TransactionLine>> Apply)
{
    public override string ToString() => Name;
}

/// <summary>Twenty-one kinds of corrupted deliveries: the seven that once replaced a good champion, and fourteen more.</summary>
public static class Corruptions
{
    public static IReadOnlyList<Corruption> All { get; } =
    [
        // The seven.
        new("amounts times a factor", [1.1, 3, 100], (lines, _, f, _) => lines.Select(l => l with { Amount = l.Amount * f })),
        new("random histories", [.1, .5, 1], (lines, _, share, random) => Shuffled(lines, share, random)),
        new(
            "refunds negated", [.3, .6, 1],
            (lines, _, share, random) =>
                lines.Select(l => l.Amount < 0 && random.NextDouble() < share ? l with { Amount = -l.Amount } : l)),
        new(
            "the last months thinned out", [.2, .5, .85],
            (lines, end, share, random) => lines.Where(l => l.OrderedAt < end.AddDays(-90) || random.NextDouble() >= share)),
        new(
            "a file delivered twice", [.1, .5, 1],
            (lines, _, share, random) => lines.Concat(lines.Where(_ => random.NextDouble() < share)).ToList()),
        new("the last days missing", [30, 100, 200], (lines, end, days, _) => lines.Where(l => l.OrderedAt < end.AddDays(-days))),
        new("customers gone", [.1, .5, .9], (lines, _, share, random) => Without(lines, l => l.CustomerId, share, random)),

        // And others.
        new(
            "new lines in another currency", [2, 10, 100],
            (lines, end, f, _) => lines.Select(l => l.OrderedAt >= end ? l with { Amount = l.Amount * f } : l)),
        new("another time zone", [3, 8, 12], (lines, _, hours, _) => lines.Select(l => l with { OrderedAt = l.OrderedAt.AddHours(hours) })),
        new("ids written differently", [.1, .5, 1], (lines, _, share, random) => Renamed(lines, share, random)),
        new("a category missing", [.1, .3, .6], (lines, _, share, random) => Without(lines, l => l.ProductId ?? "", share, random)),
        new(
            "new lines thinned out", [.7, .85, .95],
            (lines, end, share, random) => lines.Where(l => l.OrderedAt < end || random.NextDouble() >= share)),
        new("test orders", [.1, .5, 1], (lines, end, share, random) => lines.Concat(Tests(lines, end, share, random)).ToList()),
        new(
            "a doubled join", [.2, .5, 1],
            (lines, end, share, random) =>
                lines.Concat(lines.Where(l => l.OrderedAt >= end.AddDays(-365) && random.NextDouble() < share)).ToList()),
        new(
            "new lines without order ids", [.2, .5, 1],
            (lines, end, share, random) =>
                lines.Select(l => l.OrderedAt >= end && random.NextDouble() < share ? l with { OrderId = null } : l)),
        new(
            "new lines without products", [.2, .5, 1],
            (lines, end, share, random) =>
                lines.Select(l => l.OrderedAt >= end && random.NextDouble() < share ? l with { ProductId = null } : l)),
        new(
            "new amounts zero", [.6, .8, 1],
            (lines, end, share, random) =>
                lines.Select(l => l.OrderedAt >= end && random.NextDouble() < share ? l with { Amount = 0 } : l)),
        new(
            "new lines on one day", [.5, .75, 1],
            (lines, end, share, random) =>
                lines.Select(l => l.OrderedAt >= end && random.NextDouble() < share ? l with { OrderedAt = end.AddHours(12) } : l)),
        new(
            "years mistyped", [.05, .3, 1],
            (lines, _, share, random) =>
                lines.Select(l => random.NextDouble() < share ? l with { OrderedAt = l.OrderedAt.AddYears(-1) } : l)),
        new(
            "the first days missing", [60, 180, 365],
            (lines, _, days, _) => From(lines, lines.Min(l => l.OrderedAt).AddDays(days))),
        new("refunds left out", [.5, .8, 1], (lines, _, share, random) => lines.Where(l => l.Amount >= 0 || random.NextDouble() >= share)),
    ];

    /// <summary>The lines of a history, as they can be built again.</summary>
    public static List<TransactionLine> Lines(TransactionHistory history)
    {
        TransactionColumns columns = history.Columns;
        var lines = new List<TransactionLine>(history.LineCount);
        for (int c = 0; c < history.CustomerCount; c++)
        {
            string id = history.CustomerId(c);
            for (int i = columns.Offsets[c]; i < columns.Offsets[c + 1]; i++)
            {
                lines.Add(new TransactionLine(
                    id,
                    new LocalTime(columns.OrderedAt[i]).ToDateTime(),
                    columns.Amount[i],
                    columns.Order is null || columns.Order[i] < 0 ? null : $"{id}-{columns.Order[i]}",
                    columns.Product is null || columns.Product[i] < 0 ? null : columns.Products![columns.Product[i]],
                    columns.Category is null || columns.Category[i] < 0 ? null : columns.Categories![columns.Category[i]]));
            }
        }

        return lines;
    }

    private static IEnumerable<TransactionLine> Shuffled(IReadOnlyList<TransactionLine> lines, double share, Random random)
    {
        int[] moved = [.. Enumerable.Range(0, lines.Count).Where(_ => random.NextDouble() < share)];
        string[] ids = [.. moved.Select(i => lines[i].CustomerId)];
        random.Shuffle(ids);
        var result = lines.ToArray();
        for (int k = 0; k < moved.Length; k++)
        {
            result[moved[k]] = result[moved[k]] with { CustomerId = ids[k] };
        }

        return result;
    }

    private static List<TransactionLine> From(IReadOnlyList<TransactionLine> lines, DateTime first) =>
        [.. lines.Where(l => l.OrderedAt >= first)];

    private static List<TransactionLine> Without(
        IReadOnlyList<TransactionLine> lines, Func<TransactionLine, string> key, double share, Random random)
    {
        var gone = lines.Select(key).Distinct().Order(StringComparer.Ordinal).Where(_ => random.NextDouble() < share)
            .ToHashSet(StringComparer.Ordinal);
        return [.. lines.Where(l => !gone.Contains(key(l)))];
    }

    private static List<TransactionLine> Renamed(IReadOnlyList<TransactionLine> lines, double share, Random random)
    {
        var other = lines.Select(l => l.CustomerId).Distinct().Order(StringComparer.Ordinal).Where(_ => random.NextDouble() < share)
            .ToHashSet(StringComparer.Ordinal);
        return [.. lines.Select(l => other.Contains(l.CustomerId) ? l with { CustomerId = "0" + l.CustomerId } : l)];
    }

    // One customer of the testers, all year long.
    private static IEnumerable<TransactionLine> Tests(IReadOnlyList<TransactionLine> lines, DateTime end, double share, Random random) =>
        Enumerable.Range(0, (int)(lines.Count * share))
            .Select(i => new TransactionLine("test", end.AddDays(7 - (random.NextDouble() * 365)), 1, $"test-{i}", lines[0].ProductId));
}
