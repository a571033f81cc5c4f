using Predictive.Acting.Labels;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Labels;

namespace Predictive.Acting.Tests.Labels;

/// <summary>Labels for another system: the changes alone, whatever dies on the way.</summary>
public sealed class LabelSyncTests : IDisposable
{
    private static readonly LocalTime s_asOf = LocalTime.StartOf(new DateOnly(2024, 6, 1));
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-labels-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private StoreDatabase Store => StoreDatabase.Open(Path.Combine(_folder, "store.db"), TimeProvider.System);

    private static SegmentTable Table(params string[] customers)
    {
        var random = new Random(3);
        TransactionHistory history = TransactionHistoryBuilder.Build(
            [.. customers.SelectMany((c, i) => Enumerable.Range(0, 3 + i).Select(
                k => new TransactionLine(c, new DateTime(2024, 1, 1).AddDays((k * 20) + i), 10 + random.Next(50), $"{c}-{k}")))]);
        return SegmentTable.Build(history, RuleBook.Fit(history, s_asOf), s_asOf);
    }

    [Fact]
    public void Only_what_changed_since_the_last_time_is_told()
    {
        string file = Path.Combine(_folder, "labels.csv");
        LabelSync first = LabelSync.Of(Store, "mailer", Table("a", "b", "c"));
        Assert.Equal(["a added", "b added", "c added"], first.Changes.Select(c => $"{c.CustomerId} {c.Change}"));
        first.Write(file);
        Assert.Equal("customer_id,change,rfm_segment,lifecycle,value_band,tier,segments", File.ReadLines(file).First().TrimStart('\uFEFF'));

        Assert.Empty(LabelSync.Of(Store, "mailer", Table("a", "b", "c")).Changes);
        LabelSync other = LabelSync.Of(Store, "crm", Table("a", "b", "c"));
        Assert.Equal(3, other.Changes.Count);

        // Somebody is gone; somebody's label is another than was told.
        new LabelBook(Store).Told("mailer", [("a", "{}")]);
        // With c gone the cut-offs are others, so b changes as well.
        LabelSync next = LabelSync.Of(Store, "mailer", Table("a", "b"));
        Assert.Equal(["a changed", "b changed", "c removed"], next.Changes.Select(c => $"{c.CustomerId} {c.Change}"));
        Assert.All(next.Changes[2].Values, Assert.Null);

        // Not written is not told: the same changes come again.
        Assert.Equal(3, LabelSync.Of(Store, "mailer", Table("a", "b")).Changes.Count);
        next.Write(file);
        next.Write(file);
        Assert.Empty(LabelSync.Of(Store, "mailer", Table("a", "b")).Changes);
        Assert.Equal(2, LabelSync.Of(Store, "mailer", Table("a", "b"), full: true).Changes.Count(c => c.Change == "added"));
    }

    [Fact]
    public void Parquet_holds_what_the_csv_holds_and_a_wrong_label_is_refused()
    {
        string file = Path.Combine(_folder, "labels.parquet");
        LabelSync.Of(Store, "mailer", Table("a", "o'neil \"x\""), ["lifecycle", "segments"]).Write(file);
        Assert.Equal("PAR1"u8.ToArray(), File.ReadAllBytes(file)[..4]);
        DatasetException refused = Assert.Throws<DatasetException>(() => LabelSync.Of(Store, "mailer", Table("a"), ["net_value"]));
        Assert.Contains("'net_value' is no label", refused.Message, StringComparison.Ordinal);
        Assert.Throws<DatasetException>(() => LabelSync.Of(Store, "x", Table("a")).Write(Path.Combine(_folder, "labels.doc")));
        Assert.Empty(new LabelBook(Store).Read("x"));
    }
}
