using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Registry;

namespace Predictive.Segmentation.Tests.Registry;

public class DataFingerprintTests
{
    private static readonly TransactionLine[] Lines =
    [
        new("a", new DateTime(2024, 1, 1), 10, ProductId: "p1"),
        new("a", new DateTime(2024, 3, 1), 12, ProductId: "p2"),
        new("b", new DateTime(2024, 2, 1), 7, ProductId: "p1"),
        new("c", new DateTime(2024, 4, 1), 5, ProductId: "p1"),
    ];

    private static readonly LocalTime March = LocalTime.StartOf(new DateOnly(2024, 3, 1));

    [Fact]
    public void Only_lines_before_the_instant_count_and_each_field_matters()
    {
        TrainingDataStamp stamp = Of(Lines);
        Assert.Equal((2, 2L, "2024-01-01", "2024-02-01"), (stamp.Customers, stamp.Lines, stamp.From, stamp.To));
        Assert.Equal(stamp, Of([.. Lines.Reverse()]));
        // Later lines with known names change nothing.
        Assert.Equal(stamp, Of([.. Lines, new("a", new DateTime(2024, 5, 1), 1, ProductId: "p1"), new("d", new DateTime(2024, 6, 1), 1)]));
        for (int i = 0; i < Lines.Length; i++)
        {
            bool counts = Lines[i].OrderedAt < March.ToDateTime();
            Assert.Equal(!counts, Of(With(i, Lines[i] with { Amount = 99 })) == stamp);
            Assert.Equal(!counts, Of(With(i, Lines[i] with { OrderedAt = Lines[i].OrderedAt.AddSeconds(1) })) == stamp);
            Assert.Equal(!counts, Of(With(i, Lines[i] with { CustomerId = Lines[i].CustomerId + "x" })) == stamp);
        }

        Assert.NotEqual(stamp, Of(With(0, Lines[0] with { ProductId = "p2" })));
    }

    private static TransactionLine[] With(int index, TransactionLine line)
    {
        TransactionLine[] lines = [.. Lines];
        lines[index] = line;
        return lines;
    }

    private static TrainingDataStamp Of(TransactionLine[] lines) => DataFingerprint.Compute(TransactionHistoryBuilder.Build(lines), March);
}
