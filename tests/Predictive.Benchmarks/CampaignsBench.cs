using System.Text.Json;
using Predictive.Acting.Tests.Effects;

namespace Predictive.Benchmarks;

/// <summary>
/// How often a campaign report is wrong: <c>campaigns [--campaigns 1000] [--customers 1000] [--holdout 20] [--seed 1]</c>. Campaigns
/// without
/// an effect and with a planted one, told at a fixed end and by whoever looks every day.
/// </summary>
internal static class CampaignsBench
{
    public static int Run(string[] args)
    {
        int campaigns = BenchProcess.Option(args, "--campaigns", 1000), customers = BenchProcess.Option(args, "--customers", 1000);
        int seed = BenchProcess.Option(args, "--seed", 1);
        double holdout = BenchProcess.Option(args, "--holdout", 20) / 100.0;
        var fixedNull = NullCampaigns.FixedEnd(campaigns, customers, holdout, 0, seed);
        var fixedEffect = NullCampaigns.FixedEnd(campaigns, customers, holdout, .3, seed + 1_000_000);
        Console.Error.WriteLine($"fixed end, null: {fixedNull}; planted: {fixedEffect}");
        var dailyNull = NullCampaigns.Daily(campaigns, customers, holdout, 0, seed + 2_000_000);
        var dailyEffect = NullCampaigns.Daily(campaigns, customers, holdout, .3, seed + 3_000_000);
        Console.Error.WriteLine($"daily, null: {dailyNull}; planted: {dailyEffect}");
        Console.WriteLine(JsonSerializer.Serialize(new { campaigns, customers, holdout, seed, fixedNull, fixedEffect, dailyNull,
            dailyEffect }));
        return 0;
    }
}
