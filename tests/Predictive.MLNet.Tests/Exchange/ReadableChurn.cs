using System.Text.Json;

namespace Predictive.MLNet.Tests.Exchange;

/// <summary>A reader of the documented JSON form that knows nothing of the code that wrote it.</summary>
internal sealed class ReadableChurn
{
    private readonly JsonElement _churn;
    private readonly Dictionary<string, int> _place;

    public ReadableChurn(JsonElement model)
    {
        _churn = model.GetProperty("churn");
        _place = model.GetProperty("features").EnumerateArray().Select((f, i) => (Name: f.GetProperty("name").GetString()!, i))
            .ToDictionary(f => f.Name, f => f.i);
    }

    public double Probability(float[] row)
    {
        double Of(JsonElement e, string name) => e.GetProperty(name).GetDouble();
        JsonElement linear = _churn.GetProperty("linear"), trees = _churn.GetProperty("trees");
        var distance = new Dictionary<string, double>();
        double score = Of(linear, "intercept");
        foreach (JsonElement term in linear.GetProperty("terms").EnumerateArray())
        {
            string name = term.GetProperty("feature").GetString()!;
            double v = row[_place[name]];
            double seen = term.GetProperty("transform").GetString() switch
            {
                "SignedLog" => double.IsNaN(v) ? v : Math.Sign(v) * Math.Log(1 + Math.Abs(v)),
                "Logit" => Logit(Math.Clamp(v, 1e-4, 1 - 1e-4)),
                _ => v,
            };
            distance[name] = double.IsNaN(v) || double.IsNaN(seen)
                ? 0 : Math.Clamp(seen, Of(term, "low"), Of(term, "high")) - Of(term, "mean");
            score += Of(term, "coefficient") * distance[name];
        }

        foreach (JsonElement p in linear.GetProperty("products").EnumerateArray())
        {
            score += Of(p, "coefficient") * distance[p.GetProperty("a").GetString()!] * distance[p.GetProperty("b").GetString()!];
        }

        double raw = Of(trees.GetProperty("learner"), "baseScore");
        foreach (JsonElement tree in trees.GetProperty("learner").GetProperty("trees").EnumerateArray())
        {
            raw += Walk(tree, row);
        }

        double sum = Of(_churn, "offset") + (Of(linear, "weight") * score)
            + (Of(trees, "weight") * Logit(Math.Clamp(1 / (1 + Math.Exp(-raw)), 1e-6, 1 - 1e-6)));
        foreach (string name in new[] { "paretoNbd", "bgNbd" })
        {
            JsonElement member = _churn.GetProperty(name);
            float active = row[_place[member.GetProperty("feature").GetString()!]];
            sum += Of(member, "weight")
                * (float.IsNaN(active) ? Of(member, "churnLogOddsWhereMissing") : -Logit(Math.Clamp(active, 1e-6, 1 - 1e-6)));
        }

        return 1 / (1 + Math.Exp(-sum));
    }

    private double Walk(JsonElement node, float[] row)
    {
        while (!node.TryGetProperty("value", out _))
        {
            string feature = node.GetProperty("feature").GetString()!;
            float value = _place.TryGetValue(feature, out int place) ? row[place] : 0; // log_horizon_ratio is 0 when scoring
            float atMost = node.GetProperty("atMost") is { ValueKind: JsonValueKind.Number } n ? n.GetSingle() : float.PositiveInfinity;
            bool yes = float.IsNaN(value) ? node.GetProperty("missing").GetString() == "yes" : value <= atMost;
            node = node.GetProperty(yes ? "yes" : "no");
        }

        return node.GetProperty("value").GetSingle();
    }

    private static double Logit(double p) => Math.Log(p / (1 - p));
}
