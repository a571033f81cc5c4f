using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// Makes a version's smoke set and scores it again: a version that loads but says something else than when it was made is damaged, or
/// another build's, and is not put in service.
/// </summary>
public static class SmokeTest
{
    /// <summary>Histories in a set.</summary>
    public const int Histories = 100;

    /// <summary>
    /// Largest difference of a number, absolute below 1 and relative above: summation order and fused multiplication differ between
    /// machines.
    /// </summary>
    public const double Tolerance = 1e-6;

    // An amount of money is told in whole cents, and may be rounded the other way.
    private const double Cent = .01;

    /// <summary>
    /// Histories whose names or percentile may differ: a number that meets a cut-off may fall on its other side on another machine.
    /// </summary>
    private const int MostBorderCases = 2;

    private const double Refunds = .06;
    private const int MostNames = 20;

    /// <summary>Whether a version may be published or promoted: loads it in this build and scores its smoke set.</summary>
    /// <remarks>
    /// Where scores were given in the place of a model (<see cref="GivenScores"/>), nothing can be asked of it anew: the synthetic
    /// histories are scored with planted scores, which tries everything else that an answer is made of, and the given ones must be
    /// distributed as they were when the version was made.
    /// </remarks>
    /// <exception cref="ModelPackageException">It does not load, has no smoke set, or scores it differently.</exception>
    public static void Admit(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        ModelBundle bundle = ModelBundle.Load(package);
        if (bundle.Smoke is not { } smoke)
        {
            throw new ModelPackageException(
                package.Source, $"has no entry '{ModelBundle.SmokeEntry}' to try it with. Train again with this build.");
        }

        if ((GivenDifference(bundle) ?? Difference(bundle, smoke)) is { } difference)
        {
            throw new ModelPackageException(
                package.Source,
                $"does not score as it did when it was made: {difference}. It is damaged or was made by another build "
                    + $"({package.Manifest.WrittenBy}); train again, or keep the version in service.");
        }
    }

    /// <summary>The bundle with a smoke set of its own: the same bundle gives the same set.</summary>
    public static ModelBundle With(ModelBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        LocalTime asOf = bundle.Manifest.TryAsOf(out LocalTime parsed)
            ? parsed
            : throw new ArgumentException($"The manifest's as-of is '{bundle.Manifest.AsOf}'; expected a date.", nameof(bundle));
        var random = new Random(bundle.Manifest.Seed);
        SmokeCase[] cases = [.. Enumerable.Range(0, Histories).Select(i => Draw(bundle, asOf, i, random))];
        var set = new SmokeSet(bundle.Manifest.AsOf, cases);
        SmokeScore[] scores = Scores(bundle, set, asOf);
        return bundle with { Smoke = set with { Cases = [.. cases.Select((c, i) => c with { Expected = scores[i] })] } };
    }

    private static string? GivenDifference(ModelBundle bundle)
    {
        if (bundle.Given is not { } given)
        {
            return null;
        }

        ScoreDistribution now = DistributionOf(given), then = bundle.Distribution;
        return now.Customers == then.Customers && now.ChurnMean == then.ChurnMean && now.ClvMean == then.ClvMean
            && now.ChurnQuantiles.SequenceEqual(then.ChurnQuantiles) && now.ClvQuantiles.SequenceEqual(then.ClvQuantiles)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the {now.Customers:N0} given scores have a mean risk of {now.ChurnMean:R} and a mean spend of {now.ClvMean:R}; expected "
                    + $"{then.Customers:N0}, {then.ChurnMean:R} and {then.ClvMean:R}, distributed as when they were imported");
    }

    /// <summary>How given scores are distributed: what a version of them holds as its distribution.</summary>
    public static ScoreDistribution DistributionOf(GivenScores given)
    {
        ArgumentNullException.ThrowIfNull(given);
        return ScoreDistribution.Of([.. given.All.Select(s => s.Churn)], [.. given.All.Select(s => s.Spend)]);
    }

    // Synthetic customers have no given score: they get others', so that bands, tiers and cells of every kind come up.
    private static GivenScores Planted(ModelBundle bundle, GivenScores given, int histories, LocalTime asOf)
    {
        IReadOnlyList<double> churn = bundle.Distribution.ChurnQuantiles, spend = bundle.Distribution.ClvQuantiles;
        return GivenScores.Of(
            given.Source, given.SourceHash, asOf, [.. Enumerable.Range(0, histories).Select(IdOf)],
            [.. Enumerable.Range(0, histories).Select(i => new GivenScore(
                churn[i * 37 % churn.Count], spend[i * 61 % spend.Count], 1 + (i % 3), .5 * spend[i * 61 % spend.Count],
                2 * spend[i * 61 % spend.Count]))]);
    }

    /// <summary>The first thing that is not as it was, in plain words; null = nothing.</summary>
    internal static string? Difference(ModelBundle bundle, SmokeSet smoke)
    {
        SmokeScore[] scores;
        try
        {
            if (!LocalTime.TryParse(smoke.AsOf, TimeZoneInfo.Utc, out LocalTime asOf))
            {
                return $"its smoke set's as-of is '{smoke.AsOf}'";
            }

            scores = Scores(bundle, smoke, asOf);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever a damaged part does when it is used: an index out of range, a number that is none.
            return $"scoring the smoke set failed ({e.Message.TrimEnd('.')})";
        }

        int border = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            SmokeScore now = scores[i], then = smoke.Cases[i].Expected;
            (string Name, double Now, double Then, double Grain)[] numbers =
            [
                ("churn probability", now.Churn, then.Churn, 0), ("expected spend", now.Clv, then.Clv, Cent),
                ("low end", now.Low, then.Low, Cent), ("high end", now.High, then.High, Cent),
                ("expected orders", now.Orders, then.Orders, 0),
            ];
            foreach ((string name, double found, double expected, double grain) in numbers)
            {
                if (!(Math.Abs(found - expected) <= grain + (Tolerance * Math.Max(1, Math.Abs(expected)))))
                {
                    return string.Create(
                        CultureInfo.InvariantCulture, $"smoke history {i + 1} has {name} {found:R}; expected {expected:R}");
                }
            }

            if (now.Percentile != then.Percentile || now.Names != then.Names)
            {
                border++;
                if (border > MostBorderCases)
                {
                    return string.Create(
                        CultureInfo.InvariantCulture,
                        $"smoke history {i + 1} is '{now.Names}' at percentile {now.Percentile}; expected '{then.Names}' at "
                            + $"{then.Percentile}");
                }
            }
        }

        return null;
    }

    private static SmokeScore[] Scores(ModelBundle bundle, SmokeSet set, LocalTime asOf)
    {
        TransactionHistory history = HistoryOf(bundle.Profile.Tables, set);
        if (bundle.Given is { } given)
        {
            bundle = bundle with { Given = Planted(bundle, given, set.Cases.Count, asOf) };
        }

        var scorer = new CustomerScorer(bundle, new ModelStamp("smoke", 1));
        return [.. Enumerable.Range(0, history.CustomerCount).Select(c =>
        {
            CustomerScore s = scorer.Score(history, c, asOf);
            string names = string.Join(
                '|', s.Churn.Band, s.Rfm.Segment, s.Lifecycle.Stage, s.Tier.Current, s.Tier.Predicted, s.ValueMatrix.Cell, s.Portrait.Name);
            return new SmokeScore(
                s.Churn.Probability, s.Clv.Expected, s.Clv.Low, s.Clv.High, s.Clv.ExpectedOrders, s.Churn.Percentile, names);
        })];
    }

    private static TransactionHistory HistoryOf(TableSchema? schema, SmokeSet set)
    {
        IEnumerable<TransactionLine> lines = set.Cases.SelectMany((c, i) => c.Lines.Select(l => new TransactionLine(
            IdOf(i), new LocalTime(l.Micros).ToDateTime(), l.Amount, l.Order, l.Product, l.Category, l.Quantity, l.Channel)));
        TransactionHistory history = TransactionHistoryBuilder.Build(lines);
        if (history.CustomerCount != set.Cases.Count)
        {
            throw new ArgumentException($"{set.Cases.Count - history.CustomerCount} of the {set.Cases.Count} smoke histories have no line");
        }

        if (schema is null)
        {
            return history;
        }

        string[] kinds = [.. schema.Kinds.Select(k => k.Kind)];
        var events = set.Cases
            .SelectMany((c, i) => c.Events.Select(e => (Customer: i, e.Micros, Kind: Array.IndexOf(kinds, e.Kind), e.Value)))
            .OrderBy(e => e.Customer).ThenBy(e => e.Micros).ToArray();
        var offsets = new int[set.Cases.Count + 1];
        foreach (var e in events)
        {
            offsets[e.Customer + 1]++;
        }

        for (int c = 1; c < offsets.Length; c++)
        {
            offsets[c] += offsets[c - 1];
        }

        return new TransactionHistory(history.Columns, history.Description, new CustomerTables
        {
            Events = kinds.Length == 0 ? null : new EventColumns
            {
                Offsets = offsets,
                OccurredAt = [.. events.Select(e => e.Micros)],
                Kind = [.. events.Select(e => e.Kind)],
                Value = [.. events.Select(e => e.Value ?? double.NaN)],
                Kinds = kinds,
            },
            Attributes = [.. schema.Attributes.Select(a => new AttributeColumn
            {
                Name = a.Column,
                Categories = a.Categories is null ? null : [.. a.Categories],
                Values = [.. set.Cases.Select(c => c.Attributes.TryGetValue(a.Column, out double value) ? (float)value : float.NaN)],
            })],
        });
    }

    // Ordinal order of the ids is the order of the cases.
    private static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"smoke-{number:0000}");

    private static SmokeCase Draw(ModelBundle bundle, LocalTime asOf, int number, Random random)
    {
        string[]? categories = Names(bundle.Rules.Preferences.Category), products = Names(bundle.Rules.Preferences.Product),
            channels = Names(bundle.Rules.Preferences.Channel);
        long span = Math.Clamp(bundle.Profile.HistoryDays, 30, 3650) * LocalTime.MicrosPerDay;
        int orders = 1 + (int)Math.Floor(Math.Exp(2.2 * random.NextDouble()) - 1 + (number % 4 == 0 ? 8 * random.NextDouble() : 0));
        var lines = new List<SmokeLine>();
        for (int order = 0; order < orders; order++)
        {
            long at = asOf.Micros - 1 - (long)(span * Math.Pow(random.NextDouble(), 1.5));
            at -= at % 1_000_000;
            for (int line = 1 + random.Next(3); line > 0; line--)
            {
                double amount = Math.Round(Math.Exp(3.4 + (1.1 * Normal(random))), 2) + .01;
                // The first line is a purchase, so that every history can be scored.
                amount = lines.Count > 0 && random.NextDouble() < Refunds ? -amount : amount;
                lines.Add(
                    new SmokeLine(
                        at, amount, string.Create(CultureInfo.InvariantCulture, $"o{order}"), 1 + random.Next(5), Pick(products),
                        Pick(categories), Pick(channels)));
            }
        }

        TableSchema? schema = bundle.Profile.Tables;
        SmokeEvent[] events = schema is null || schema.Kinds.Count == 0 ? [] : [.. Enumerable.Range(0, random.Next(12)).Select(_ =>
        {
            EventKindFeature kind = schema.Kinds[random.Next(schema.Kinds.Count)];
            return new SmokeEvent(asOf.Micros - 1 - (long)(span * random.NextDouble()), kind.Kind, kind.HasValue ? random.Next(11) : null);
        })];
        var attributes = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (AttributeFeature attribute in schema?.Attributes ?? [])
        {
            if (random.Next(10) > 0)
            {
                attributes[attribute.Column] =
                    attribute.Categories is { } own ? random.Next(own.Count) : Math.Round(100 * random.NextDouble());
            }
        }

        return new SmokeCase(lines, events, attributes, new SmokeScore(0, 0, 0, 0, 0, 0, ""));

        string? Pick(string[]? names) => names is null ? null : names[random.Next(names.Length)];
    }

    private static string[]? Names(IReadOnlyDictionary<string, double>? shares) =>
        shares is { Count: > 0 }
            ? [.. shares.OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal).Take(MostNames).Select(s => s.Key)]
            : null;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
