using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Rules;
using Predictive.Tests;
using Predictive.Training.Lookalikes;

namespace Predictive.Training.Tests.Lookalikes;

/// <summary>Prospects ranked by what the tables say of them: a planted sign is found, and where there is none that is said.</summary>
public sealed class ProspectFinderTests : IDisposable
{
    private static readonly LocalTime s_asOf = LocalTime.StartOf(new DateOnly(2024, 6, 1));
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-prospects-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_planted_attribute_and_a_planted_event_before_the_purchase_are_found()
    {
        ProspectReport report = Find(seed: 3, planted: true);
        Assert.Equal(120, report.Prospects.Count);
        Assert.True(report.Model!.Auc > .9, $"AUC {report.Model.Auc}");
        Assert.StartsWith("better than chance", report.Verdict, StringComparison.Ordinal);
        // North with a demo before the purchase became high value; nobody else did.
        Assert.All(
            report.Prospects.Take(10),
            p => Assert.EndsWith("north-demo", p.CustomerId, StringComparison.Ordinal));
        Assert.Contains(report.Prospects[0].Reasons, r => r.Contains("north", StringComparison.Ordinal));
        Assert.Contains(report.Prospects[0].Reasons, r => r.Contains("demo", StringComparison.Ordinal));
        Assert.DoesNotContain(report.LearnedFrom, n => n.StartsWith("net_", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_nothing_tells_the_order_is_not_to_be_acted_on()
    {
        ProspectReport report = Find(seed: 4, planted: false);
        Assert.True(report.Model!.Auc < .6, $"AUC {report.Model.Auc}");
        Assert.StartsWith("no better than chance", report.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void What_happens_from_the_first_purchase_on_is_not_looked_at()
    {
        ProspectReport before = Find(seed: 5, planted: true), after = Find(seed: 5, planted: true, laterEvents: true);
        Assert.Equal(before.Model, after.Model);
        Assert.Equal(
            before.Prospects.Select(p => (p.CustomerId, p.Probability)), after.Prospects.Select(p => (p.CustomerId, p.Probability)));
    }

    [Fact]
    public void Without_prospects_it_is_refused()
    {
        SmallDataset.Write(_folder, [new("a", "2024-01-05T10:00", 10)]);
        DatasetException refused = Assert.Throws<DatasetException>(
            () => ProspectFinder.Find(DatasetLoader.Load(_folder), Options(), new FunnelOptions()));
        Assert.Contains("import --table customers", refused.Message, StringComparison.Ordinal);
    }

    private static LookalikeOptions Options() =>
        new() { AsOf = s_asOf, FirstDays = 20, WithinDays = 60, HighShare = .2, Engine = new BuiltInEngine() };

    private ProspectReport Find(int seed, bool planted, bool laterEvents = false)
    {
        var random = new Random(seed);
        var lines = new List<SmallDataset.Row>();
        var events = new List<SmallTables.Event>();
        var people = new List<SmallTables.Customer>();
        static string At(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm", System.Globalization.CultureInfo.InvariantCulture);
        for (int c = 0; c < 1000; c++)
        {
            DateTime first = new DateTime(2023, 1, 1).AddDays(random.Next(500)).AddHours(9);
            bool north = random.NextDouble() < .5, demo = random.NextDouble() < .5, isProspect = c % 25 is 0 or 1 or 2;
            string region = north ? "north" : "south";
            string id = $"{(isProspect ? "p" : "c")}{c:0000}-{region}{(demo ? "-demo" : "")}";
            people.Add(new(id, region, 20 + random.Next(50)));
            if (demo)
            {
                events.Add(new(id, At(isProspect ? s_asOf.AddDays(-3).ToDateTime() : first.AddDays(-3)), "demo"));
            }

            if (isProspect)
            {
                continue;
            }

            bool high = planted ? north && demo : random.NextDouble() < .25;
            lines.Add(new(id, At(first), 20));
            lines.Add(new(id, At(first.AddDays(1 + random.Next(50))), high ? 500 : 10));
            events.Add(new(id, At(first.AddDays(laterEvents && high ? 1 : 2)), laterEvents && high ? "complaint" : "delivery"));
        }

        SmallDataset.Write(_folder, lines);
        SmallTables.Write(_folder, events);
        SmallTables.Write(_folder, people);
        return ProspectFinder.Find(DatasetLoader.Load(_folder), Options(), new FunnelOptions());
    }
}
