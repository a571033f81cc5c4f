using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Rules;

/// <summary>People without a purchase: where they stand, by hand, from files.</summary>
public sealed class ProspectsTests : IDisposable
{
    private static readonly LocalTime T = LocalTime.From(new DateTime(2024, 4, 10));
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-prospects-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TransactionHistory Load()
    {
        SmallDataset.Write(_folder, [new("buyer", "2024-02-05T10:00", 20), new("other", "2024-03-01T10:00", 5)]);
        SmallTables.Write(
            _folder,
            [
                new SmallTables.Event("buyer", "2024-02-04T10:00", "visit"),
                new("visitor", "2024-03-02T10:00", "visit"), new("visitor", "2024-04-09T10:00", "visit"),
                new("registered", "2024-02-01T10:00", "visit"), new("registered", "2024-03-05T10:00", "Signup"),
                new("registered", "2024-04-12T10:00", "visit"),
                // On the as-of instant, and so not known of yet.
                new("future", "2024-04-10T00:00", "signup"),
            ]);
        SmallTables.Write(_folder, [new SmallTables.Customer("buyer", "north", 30), new("named", "south", 40), new("blank")]);
        return DatasetLoader.Load(_folder);
    }

    [Fact]
    public void Everyone_without_a_purchase_stands_where_the_events_before_the_as_of_say()
    {
        ProspectTable table = ProspectTable.Of(Load(), T, new FunnelOptions())!;
        Assert.Equal(["registered", "visitor", "named"], table.Rows.Select(r => r.Id));
        Assert.Equal(["activated", "acquired", "acquired"], table.Rows.Select(r => r.Result.Stage));
        Assert.Equal(1, table.Activated);
        Assert.Equal(
            new ProspectResult(
                new DateOnly(2024, 2, 1), new DateOnly(2024, 3, 5), new DateOnly(2024, 3, 5), 2,
                "known since 2024-02-01, activated 2024-03-05, last event 2024-03-05; no purchase yet"),
            table.Rows[0].Result);
        Assert.Equal(new ProspectResult(null, null, null, 0, "in the customers table; no event and no purchase yet"), table.Rows[2].Result);
        AttributeColumn region = table.People.Tables!.Attributes.Single(a => a.Name == "region");
        Assert.Equal([null, null, "south"], table.Rows.Select(r => region.ValueOf(r.Person)));
    }

    [Fact]
    public void The_funnel_counts_them_in_the_month_they_were_heard_of()
    {
        IReadOnlyList<FunnelRow> funnel = Funnel.Compute(Load(), T, new FunnelOptions());
        Assert.Equal(["all", "2024-02", "2024-03"], funnel.Select(r => r.Cohort));
        // buyer, other, named (month unknown), registered, visitor.
        Assert.Equal((5, 3, 25d), (funnel[0].Acquired, funnel[0].Activated, funnel[0].Revenue));
        Assert.Equal((2, 2), (funnel[1].Acquired, funnel[1].Activated));
        Assert.Equal((2, 1), (funnel[2].Acquired, funnel[2].Activated));
    }

    [Fact]
    public void Without_tables_nobody_is_known()
    {
        SmallDataset.Write(_folder, [new("buyer", "2024-02-05T10:00", 20)]);
        Assert.Null(ProspectTable.Of(DatasetLoader.Load(_folder), T, new FunnelOptions()));
    }
}
