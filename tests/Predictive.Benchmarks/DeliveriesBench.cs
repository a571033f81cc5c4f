using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Worker.Gate;
using Predictive.Worker.Tests.Gate;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>deliveries DIR [--from 1] [--to 21] [--weeks 52] [--models FOLDER]</c>: every kind of corrupted delivery at its three strengths
/// against the delivery check alone, a week after an accepted delivery, and beside it the healthy weeks of the same data that it stops. No
/// training: what the check lets pass has the gate's other parts still before it. With a registry, also by how much the corruption moves
/// the net spend that its champion expects of everybody.
/// </summary>
internal static class DeliveriesBench
{
    public static int Run(string[] args)
    {
        if (args.Length == 0 || args[0].StartsWith("--", StringComparison.Ordinal))
        {
            Console.Error.WriteLine("Usage: deliveries DIR [--from 1] [--to 21] [--weeks 52]");
            return 2;
        }

        CultureInfo c = CultureInfo.InvariantCulture;
        TransactionHistory history = DatasetLoader.Load(args[0], new LoadOptions());
        List<TransactionLine> lines = Corruptions.Lines(history);
        DateTime end = LocalTime.MidnightAfter(history.LastMicros).ToDateTime(), before = end.AddDays(-7);
        DeliveryFacts accepted = Facts(lines, before);
        int kinds = 0, told = 0;
        var rows = new List<object>();
        Func<TransactionHistory, double>? expected = BenchProcess.Option(args, "--models") is { } models
            ? Expected(new ModelRegistry(models, SmokeTest.Admit), LocalTime.From(end))
            : null;
        double clean = expected?.Invoke(history) ?? 0;
        int from = BenchProcess.Option(args, "--from", 1), to = BenchProcess.Option(args, "--to", Corruptions.All.Count);
        foreach (Corruption kind in Corruptions.All.Skip(from - 1).Take(to - from + 1))
        {
            var found = new List<string>();
            foreach (double strength in kind.Strengths)
            {
                string[] codes;
                double? moved = null;
                try
                {
                    TransactionHistory corrupt = TransactionHistoryBuilder.Build(kind.Apply(lines, before, strength, new Random(1)));
                    moved = expected is null ? null : (expected(corrupt) / clean) - 1;
                    codes =
                    [
                        .. DeliveryCheck.Run(accepted, [], corrupt, LocalTime.From(end), new GateOptions()).Reasons.Select(r => r.Code),
                    ];
                }
                catch (DatasetException e)
                {
                    codes = [e.Findings[0].Code];
                }

                kinds++;
                told += codes.Length > 0 ? 1 : 0;
                string by = moved is { } share ? share.ToString(" (+0 %); (-0 %)", c) : "";
                found.Add($"{strength.ToString(c)}:{by} {(codes.Length > 0 ? string.Join('+', codes.Distinct()) : "PASSED")}");
                rows.Add(new { kind.Name, strength, moved, codes });
            }

            Console.Error.WriteLine($"{kind.Name,-30} {string.Join("   ", found)}");
        }

        // Healthy weeks, with the bands that the weeks before have taught.
        int weeks = BenchProcess.Option(args, "--weeks", 52), stopped = 0, looked = 0;
        var steps = new List<DeliveryStep>();
        var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
        DateTime first = new LocalTime(history.FirstMicros).ToDateTime().AddDays(120);
        for (int week = weeks; week > 0; week--)
        {
            DateTime then = end.AddDays(-7 * week), now = then.AddDays(7);
            if (then < first)
            {
                continue;
            }

            DeliveryVerdict verdict = DeliveryCheck.Run(
                Facts(lines, then), steps, TransactionHistoryBuilder.Build(lines.Where(l => l.OrderedAt < now)), LocalTime.From(now),
                new GateOptions());
            looked++;
            stopped += verdict.Reasons.Count > 0 ? 1 : 0;
            foreach (GateReason reason in verdict.Reasons)
            {
                reasons[reason.Code] = reasons.GetValueOrDefault(reason.Code) + 1;
                Console.Error.WriteLine($"healthy week to {now:yyyy-MM-dd}: {reason.Code}: {reason.Text}");
            }

            if (verdict.Step is { } step && verdict.Reasons.Count == 0)
            {
                steps.Add(step);
            }
        }

        Console.Error.WriteLine($"{told} of {kinds} corrupted deliveries told; {stopped} of {looked} healthy weeks stopped");
        Console.WriteLine(JsonSerializer.Serialize(new { data = args[0], kinds, told, healthy = looked, stopped, reasons, rows }));
        return 0;
    }

    private static Func<TransactionHistory, double> Expected(ModelRegistry registry, LocalTime asOf)
    {
        ModelVersion version = registry.Resolve(registry.Names()[0]);
        var scorer = new CustomerScorer(ModelBundle.Load(registry.Load(version)), new ModelStamp(version.Name, version.Version));
        return history => scorer.ScoreAll(history, asOf).ClvExpected.Sum();
    }

    private static DeliveryFacts Facts(List<TransactionLine> lines, DateTime before) =>
        DeliveryFacts.Of(TransactionHistoryBuilder.Build(lines.Where(l => l.OrderedAt < before)), LocalTime.From(before));
}
