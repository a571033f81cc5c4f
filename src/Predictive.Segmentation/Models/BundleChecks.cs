using System.Text;
using System.Text.Json;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Models;

/// <summary>
/// What must hold of the JSON entries of a zip beyond being JSON of the right shape: no nulls in lists, sizes that fit each other, numbers
/// within their range. A checksum only says that nobody changed the bytes since they were written.
/// </summary>
/// <remarks>
/// A fault is an <see cref="ArgumentException"/> with what was found and what was expected; <see cref="ModelBundle.Load"/> names zip and
/// entry.
/// </remarks>
internal static class BundleChecks
{
    private const int MostDays = 36_500;
    private const int MostNames = 1_000_000;

    /// <summary>Refuses a null where this product never writes one: anywhere, or in lists only.</summary>
    public static void NoNulls(ReadOnlySpan<byte> json, bool inListsOnly = false)
    {
        var reader = new Utf8JsonReader(json);
        var inList = new Stack<bool>();
        string member = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    inList.Push(reader.TokenType == JsonTokenType.StartArray);
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    inList.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    member = Encoding.UTF8.GetString(reader.ValueSpan);
                    break;
                case JsonTokenType.Null when !inListsOnly || (inList.Count > 0 && inList.Peek()):
                    throw new ArgumentException($"'{member}' holds null at byte {reader.TokenStartIndex}; expected a value");
            }
        }
    }

    public static void Check(BaseProfile p)
    {
        Require(p.HorizonDays is >= 1 and <= MostDays, $"horizonDays is {p.HorizonDays}; expected 1 to {MostDays}");
        Require(p.Customers >= 1, $"customers is {p.Customers}; expected at least 1");
        Require(p.HistoryDays is >= 0 and <= MostDays, $"historyDays is {p.HistoryDays}; expected 0 to {MostDays}");
        Share("oneTimeShare", p.OneTimeShare);
        Positive("medianGapDays", p.MedianGapDays);
        Finite("logGapMean", p.LogGapMean);
        Positive("logGapSd", p.LogGapSd);
        Finite("netOverGross", p.NetOverGross);
        Size("gapsAtLeast", p.GapsAtLeast.Length, 1, MostDays + 2);
        Array.ForEach(p.GapsAtLeast, g => Share("gapsAtLeast", g));
        Size("returnCurves", p.ReturnCurves.Length, 3, 3);
        foreach (ReturnCurve curve in p.ReturnCurves)
        {
            Require(
                curve.Days.Length == curve.Survival.Length,
                $"a return curve has {curve.Days.Length} days and {curve.Survival.Length} values; expected as many of each");
            Ascending("days of a return curve", curve.Days.Select(d => (double)d));
            Array.ForEach(curve.Survival, s => Share("survival", s));
            Require(
                curve.LastDay is >= 0 and <= MostDays && curve.TailHazard >= 0 && double.IsFinite(curve.TailHazard),
                $"a return curve ends at day {curve.LastDay} with hazard {curve.TailHazard}; expected a day of at most {MostDays} and a "
                    + "hazard of 0 or more");
        }

        foreach (double parameter in (double[])[
            .. p.ParetoNbd is { } a ? new[] { a.R, a.Alpha, a.S, a.Beta } : [], .. p.BgNbd is { } b ? new[] { b.R, b.Alpha, b.A, b.B } : [],
            .. p.GammaGamma is { } g ? new[] { g.P, g.Q, g.Gamma } : []])
        {
            Require(parameter >= 0, $"a lifetime model has the parameter {parameter}; expected 0 or more");
        }

        if (p.Tables is { } tables)
        {
            Size("kinds", tables.Kinds.Count, 0, TableSchema.MostKinds);
            Size("attributes", tables.Attributes.Count, 0, 1000);
            Distinct("names of kinds", tables.Kinds.Select(k => k.Name));
            Distinct("names of attributes", tables.Attributes.Select(k => k.Name));
            foreach (AttributeFeature attribute in tables.Attributes)
            {
                Distinct("categories", attribute.Categories ?? []);
            }
        }

        Size("medians", p.Medians.Length, p.FeatureNames.Count, p.FeatureNames.Count);
    }

    public static void Check(ScoreDistribution c)
    {
        Require(c.Customers >= 1, $"customers is {c.Customers}; expected at least 1");
        Share("churnMean", c.ChurnMean);
        Finite("clvMean", c.ClvMean);
        Size("churnQuantiles", c.ChurnQuantiles.Count, 1, ScoreDistribution.MostQuantiles);
        Size("clvQuantiles", c.ClvQuantiles.Count, 1, ScoreDistribution.MostQuantiles);
        Ascending("churnQuantiles", c.ChurnQuantiles);
        Ascending("clvQuantiles", c.ClvQuantiles);
        Share("churnQuantiles", c.ChurnQuantiles[0]);
        Share("churnQuantiles", c.ChurnQuantiles[^1]);
    }

    public static void Check(DriftBaseline d, IReadOnlyList<string> features)
    {
        Require(d.Customers >= 0, $"customers is {d.Customers}; expected 0 or more");
        string[] names = [.. features, DriftBaseline.ChurnName, DriftBaseline.ClvName];
        Require(
            d.Distributions.Select(x => x.Name).SequenceEqual(names, StringComparer.Ordinal),
            $"it has {d.Distributions.Count} distributions that are not those of the {features.Count} features and both predictions, "
                + "in order");
        foreach (DriftDistribution x in d.Distributions)
        {
            Size($"edges of {x.Name}", x.Edges.Count, 0, DriftDistribution.MostBins);
            Ascending($"edges of {x.Name}", x.Edges.Select(e => (double)e));
            Size($"shares of {x.Name}", x.Shares.Count, x.Edges.Count + 2, x.Edges.Count + 2);
            foreach (double share in x.Shares)
            {
                Share($"shares of {x.Name}", share);
            }
        }
    }

    public static void Check(RuleBook r)
    {
        foreach ((
            string name,
            IReadOnlyList<double> cuts) in new[]
            {
                ("rfm.recencyDays", r.Rfm.RecencyDays), ("rfm.frequency", r.Rfm.Frequency), ("rfm.monetary", r.Rfm.Monetary),
            })
        {
            Size(name, cuts.Count, 4, 4);
            Ascending(name, cuts);
        }

        Require(
            r.Lifecycle.DecliningDays >= 1 && r.Lifecycle.LeftDays >= r.Lifecycle.DecliningDays,
            $"lifecycle declines after {r.Lifecycle.DecliningDays} days and leaves after {r.Lifecycle.LeftDays}; expected at least 1, "
                + "ascending");
        Size("tiers", r.Tiers.Tiers.Count, 1, 100);
        Distinct("tiers", r.Tiers.Tiers.Select(t => t.Name));
        Ascending("minimumSpend of the tiers", r.Tiers.Tiers.Select(t => t.MinimumSpend));
        Require(
            !(r.Tiers.Tiers[0].MinimumSpend > 0) && r.Tiers.Tiers[0].MinimumOrders <= 0,
            "the lowest tier asks for something; expected that every customer has a tier");
        Size("value.percentiles", r.Value.Percentiles.Count, 101, 102);
        Size("loyalty.cadencePercentiles", r.Loyalty.CadencePercentiles.Count, 1, 102);
        ValueMatrixCutoffs matrix = r.ValueMatrix ?? throw new ArgumentException("it has no value matrix; expected its cut-offs");
        Require(matrix.HorizonDays is >= 1 and <= MostDays, $"valueMatrix.horizonDays is {matrix.HorizonDays}; expected 1 to {MostDays}");
        foreach ((string name, double number) in new[]
        {
            ("highValue", matrix.HighValue), ("minimumExpected", matrix.MinimumExpected), ("growthRatio", matrix.GrowthRatio),
        })
        {
            Require(!double.IsNaN(number), $"valueMatrix.{name} is no number");
        }

        Size("plays", r.Options.Plays.Rules.Count, 1, 1000);
        Size("own segments", r.Options.Segments.Count + r.Options.Scores.Count + r.Options.Combined.Count, 0, 1000);
        foreach (var (_, check) in r.Options.Checks())
        {
            check();
        }

        _ = new Segments.OwnModelReader(r.Options);
        Size("rfmGroups.groups", r.RfmGroups.Groups.Count, 1, 20);
        Size("rfmGroups.cells", r.RfmGroups.Cells.Count, 125, 125);
        Require(
            r.RfmGroups.Cells.All(c => c >= 0 && c < r.RfmGroups.Groups.Count),
            $"rfmGroups.cells name a group that is not among the {r.RfmGroups.Groups.Count}");
        Require(r.Reputation.IncidentsPerOrder >= 0, $"reputation is {r.Reputation.IncidentsPerOrder} incidents an order; expected 0 or "
            + $"more");
        int categories = r.Penetration.Categories.Count;
        Size("penetration.share", r.Penetration.Share.Count, categories, categories);
        Size("penetration.given", r.Penetration.Given.Count, categories, categories);
        foreach (IReadOnlyList<double> given in r.Penetration.Given)
        {
            Size("penetration.given", given.Count, categories, categories);
        }

        Size("inference.rules", r.Inference.Rules.Count, r.Options.Inference.Rules.Count, r.Options.Inference.Rules.Count);
        Require(r.LifetimeValue is { } l && l.MiddleFrom <= l.HighFrom, "it has no bands of lifetime value that ascend; expected both");
        PreferenceOptions o = r.Options.Preferences;
        Require(
            o is { Top: >= 0 and <= 1000, HalfLifeDays: > 0, PriorSupport: >= 0, HourBlock: >= 1 and <= 24 },
            "the preference options are out of range");
        foreach (IReadOnlyDictionary<string, double>? shares in new[]
        {
            r.Preferences.Category, r.Preferences.Product, r.Preferences.Hour, r.Preferences.Channel,
        })
        {
            foreach (double share in shares?.Values ?? [])
            {
                Share("a preference", share);
            }
        }
    }

    public static void Check(PortraitDescription d, IReadOnlyList<FeatureDefinition> features)
    {
        Size("features", d.Features.Count, 1, 1000);
        Size("portraits", d.Portraits.Count, 1, 1000);
        foreach (PortraitFeature f in d.Features)
        {
            Require(FeatureDefinition.IndexOf(features, f.Feature) >= 0, $"there is no feature '{f.Feature}'");
            Require(
                f.Low <= f.High && double.IsFinite(f.Low) && double.IsFinite(f.High) && double.IsFinite(f.Mean) && f.Sd > 0
                    && double.IsFinite(f.Sd) && double.IsFinite(f.Missing),
                $"the scaling of {f.Feature} is out of range");
        }

        Distinct("ids of portraits", d.Portraits.Select(p => p.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        foreach (Portrait p in d.Portraits)
        {
            Size($"centre of portrait {p.Id}", p.Centre.Count, d.Features.Count, d.Features.Count);
            Share($"share of portrait {p.Id}", p.Share);
            Require(p.Name.Length > 0, $"portrait {p.Id} has no name");
        }
    }

    public static void Check(RecommenderModel m)
    {
        Size("items", m.Items.Count, 1, MostNames);
        Distinct("items", m.Items);
        Size("popularity", m.Popularity.Count, m.Items.Count, m.Items.Count);
        Size("neighbours", m.Neighbours.Count, m.Items.Count, m.Items.Count);
        Positive("halfLifeDays", m.HalfLifeDays);
        foreach (double share in m.Popularity)
        {
            Share("popularity", share);
        }

        foreach (ItemNeighbour neighbour in m.Neighbours.SelectMany(n => n))
        {
            Require(neighbour.Item >= 0 && neighbour.Item < m.Items.Count, $"a neighbour is item {neighbour.Item} of {m.Items.Count}");
            Share("similarity", neighbour.Similarity);
        }

        foreach (double weight in new[] { m.Weights.Own, m.Weights.Together, m.Weights.Popular })
        {
            Require(weight >= 0 && double.IsFinite(weight), $"a weight is {weight}; expected 0 or more");
        }
    }

    public static void Check(SmokeSet s)
    {
        Size("cases", s.Cases.Count, 1, 10_000);
        foreach (SmokeCase c in s.Cases)
        {
            Size("lines", c.Lines.Count, 1, 1000);
            Size("events", c.Events.Count, 0, 1000);
        }
    }

    /// <summary>What the models read must be what the profile computes.</summary>
    public static void Check(string model, IReadOnlyList<string> reads, IReadOnlyList<string> computed) =>
        Require(
            reads.Count <= computed.Count && reads.SequenceEqual(computed.Take(reads.Count), StringComparer.Ordinal),
            $"the {model} model reads {reads.Count} features that are not the {computed.Count} of the profile");

    private static void Share(string name, double value) => Require(value is >= 0 and <= 1 + 1e-9, $"{name} is {value}; expected 0 to 1");

    private static void Finite(string name, double value) =>
        Require(double.IsFinite(value), $"{name} is {value}; expected a finite number");

    private static void Positive(string name, double value) =>
        Require(value > 0 && double.IsFinite(value), $"{name} is {value}; expected above 0");

    private static void Size(string name, int size, int least, int most) =>
        Require(
            size >= least && size <= most, $"{name} has {size:N0} entries; expected {least:N0}{(least == most ? "" : $" to {most:N0}")}");

    private static void Ascending(string name, IEnumerable<double> values)
    {
        double last = double.NegativeInfinity;
        foreach (double value in values)
        {
            Require(value >= last, $"{name} go from {last} to {value}; expected ascending numbers");
            last = value;
        }
    }

    private static void Distinct(string name, IEnumerable<string> values)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string value in values)
        {
            Require(seen.Add(value), $"{name} name '{value}' twice");
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ArgumentException(otherwise);
        }
    }
}
