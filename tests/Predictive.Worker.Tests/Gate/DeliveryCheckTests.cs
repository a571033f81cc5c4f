using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Segmentation.Registry;
using Predictive.Worker.Gate;

namespace Predictive.Worker.Tests.Gate;

/// <summary>Deliveries of a simulated shop, a week apart: healthy ones pass, every kind of corruption at every strength is named.</summary>
public class DeliveryCheckTests
{
    private static readonly Lazy<List<TransactionLine>> s_lines =
        new(() => Corruptions.Lines(Simulator.Generate(new SimulationOptions { Customers = 1500, Years = 2, Seed = 5 }).History));

    private static readonly DateTime s_end = new(2025, 10, 1);

    private static TransactionHistory Until(DateTime day) => TransactionHistoryBuilder.Build(s_lines.Value.Where(l => l.OrderedAt < day));

    private static LocalTime At(DateTime day) => LocalTime.From(day);

    public static TheoryData<string, double> Kinds()
    {
        var kinds = new TheoryData<string, double>();
        foreach (Corruption corruption in Corruptions.All)
        {
            foreach (double strength in corruption.Strengths)
            {
                kinds.Add(corruption.Name, strength);
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_corrupted_delivery_is_told_with_reasons(string kind, double strength)
    {
        DateTime before = s_end.AddDays(-7);
        DeliveryFacts accepted = DeliveryFacts.Of(Until(before), At(before));
        List<TransactionLine> corrupt =
        [.. Corruptions.All.Single(c => c.Name == kind).Apply(s_lines.Value, before, strength, new Random(1))];
        DeliveryVerdict verdict = DeliveryCheck.Run(accepted, [], TransactionHistoryBuilder.Build(corrupt), At(s_end), new GateOptions());
        Assert.NotEmpty(verdict.Reasons);
        Assert.All(verdict.Reasons, r => Assert.Matches(@"^\p{L}|^\d", r.Text));
    }

    [Fact]
    public void Healthy_weekly_deliveries_pass_with_configured_and_with_learned_bands()
    {
        var held = new List<string>();
        var steps = new List<DeliveryStep>();
        int weeks = 52;
        for (int week = weeks; week > 0; week--)
        {
            DateTime before = s_end.AddDays(-7 * week), now = before.AddDays(7);
            DeliveryVerdict verdict =
                DeliveryCheck.Run(DeliveryFacts.Of(Until(before), At(before)), steps, Until(now), At(now), new GateOptions());
            held.AddRange(verdict.Reasons.Select(r => $"{now:yyyy-MM-dd} {r.Code}: {r.Text}"));
            steps.Add(verdict.Step!);
        }

        Assert.True(held.Count == 0, string.Join('\n', held));
        Assert.Contains("configured", Last([]), StringComparison.Ordinal);
        Assert.Contains("learned from 52 deliveries", Last(steps), StringComparison.Ordinal);

        static string Last(IReadOnlyList<DeliveryStep> steps) => string.Join(' ', DeliveryCheck.Run(
            DeliveryFacts.Of(Until(s_end.AddDays(-7)), At(s_end.AddDays(-7))), steps, Until(s_end), At(s_end), new GateOptions()).Notes);
    }

    [Fact]
    public void A_learned_band_is_narrower_and_tells_what_a_configured_one_lets_pass()
    {
        DateTime before = s_end.AddDays(-7);
        DeliveryFacts accepted = DeliveryFacts.Of(Until(before), At(before));
        TransactionHistory half = TransactionHistoryBuilder.Build(s_lines.Value.Where((l, i) => l.OrderedAt < before || i % 2 == 0));
        DeliveryStep[] steady = [.. Enumerable.Range(0, 8).Select(i => new DeliveryStep(i % 2 == 0 ? .05 : -.05, 0))];
        Assert.DoesNotContain(DeliveryCheck.Run(accepted, [], half, At(s_end), new GateOptions()).Reasons, r => r.Code == "pace");
        Assert.Contains(DeliveryCheck.Run(accepted, steady, half, At(s_end), new GateOptions()).Reasons, r => r.Code == "pace");
    }

    [Fact]
    public void A_sample_is_not_held_against_the_base_nor_the_base_against_a_sample()
    {
        // A few hundred new lines tell their pace within a quarter.
        DateTime before = s_end.AddDays(-28);
        var options = new GateOptions { FewestNewLines = 20 };
        TransactionHistory whole = Until(s_end), part = Part(s_end, 480);
        DeliveryFacts ofWhole = DeliveryFacts.Of(Until(before), At(before)), ofPart = DeliveryFacts.Of(Part(before, 480), At(before));
        SampleStamp sample = new(part.CustomerCount, whole.CustomerCount, 480);
        Assert.NotEmpty(DeliveryCheck.Run(ofPart, [], whole, At(s_end), options).Reasons);

        // By the share that each is of the base; told, and nothing held.
        foreach (DeliveryVerdict verdict in new[]
        {
            DeliveryCheck.Run(ofWhole, [], part, At(s_end), options, sample),
            DeliveryCheck.Run(ofPart with { Sample = sample }, [], whole, At(s_end), options),
            DeliveryCheck.Run(ofPart with { Sample = sample }, [], Part(s_end, 720), At(s_end), options,
                new SampleStamp(Part(s_end, 720).CustomerCount, whole.CustomerCount, 720)),
        })
        {
            Assert.Empty(verdict.Reasons);
            Assert.Contains(verdict.Notes, n => n.Contains("480 of 960 buckets by hash", StringComparison.Ordinal));
            Assert.InRange(Math.Exp(verdict.Step!.LogPace), .8, 1.25);
        }

        // The same buckets are the same customers: what is missing of them is missing.
        Assert.Empty(DeliveryCheck.Run(ofPart with { Sample = sample }, [], part, At(s_end), options, sample).Reasons);
        Assert.Contains(
            DeliveryCheck.Run(ofPart with { Sample = sample }, [], Part(s_end, 240), At(s_end), options, sample).Reasons,
            r => r.Code == "past-customers");

        TransactionHistory Part(DateTime day, int buckets) => TransactionHistoryBuilder.Build(
            s_lines.Value.Where(l => l.OrderedAt < day && HistorySlice.Sample(buckets).Holds(l.CustomerId)));
    }

    [Fact]
    public void Facts_hold_no_customer_id_and_come_back_from_the_book_as_they_were()
    {
        string folder = Directory.CreateTempSubdirectory("predictive-gate-").FullName;
        try
        {
            DeliveryFacts facts = DeliveryFacts.Of(Until(s_end), At(s_end));
            Assert.Equal(DeliveryFacts.MostRemembered, facts.Remembered.Count);
            Directory.CreateDirectory(Path.Combine(folder, "default"));
            GateBook book = new GateBook().WithAccepted(facts, new DeliveryStep(.1, -.1))
                .WithHeld(new HeldVersion(3, "2025-10-01", [new GateReason("pace", "why")]));
            book.Write(folder, "default");
            string text = File.ReadAllText(Path.Combine(folder, "default", GateBook.FileName));
            Assert.DoesNotContain(s_lines.Value.Select(l => l.CustomerId).Distinct(), id => text.Contains(id, StringComparison.Ordinal));
            GateBook read = GateBook.Read(folder, "default");
            Assert.Equal(facts.Remembered, read.Accepted!.Remembered);
            Assert.Equal(facts.Pace.Weekdays, read.Accepted.Pace.Weekdays);
            Assert.Equal(new DeliveryStep(.1, -.1), Assert.Single(read.Steps));
            Assert.Equal("pace", Assert.Single(Assert.Single(read.Held).Reasons).Code);
            File.WriteAllText(Path.Combine(folder, "default", GateBook.FileName), "{\"accepted\":");
            Assert.Contains(
                "gate.json", Assert.Throws<DatasetException>(() => GateBook.Read(folder, "default")).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
