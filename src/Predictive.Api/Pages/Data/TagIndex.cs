using System.Runtime.CompilerServices;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Data;

/// <summary>Preference tags of all customers as codes, made once a snapshot when first asked for; at most five a customer.</summary>
internal sealed class TagIndex
{
    private static readonly ConditionalWeakTable<ScoreTable, TagIndex> s_known = [];

    private readonly int[] _offsets;
    private readonly int[] _codes;
    private readonly Dictionary<string, int> _index;

    private TagIndex(ScoreTable scores)
    {
        RuleBook rules = scores.Bundle.Rules;
        var tags = new string[scores.Count][];
        BoundPreferences preferences = Preferences.Bind(scores.History, rules.Options.Preferences, rules.Preferences);
        Parallel.For(
            0, (scores.Count + 4095) / 4096, chunk =>
            {
                // As a score reads them: what was given back is no preference.
                var matching = new ReturnMatching();
                for (int i = chunk * 4096; i < Math.Min(scores.Count, (chunk + 1) * 4096); i++)
                {
                    CustomerLines kept = matching.Mark(scores.History.Lines(scores.Customers[i]).Before(scores.AsOf), out _);
                    tags[i] = [.. preferences.Compute(kept, scores.AsOf).Select(t => t.Tag)];
                }
            });
        Counts = [.. tags.SelectMany(t => t).GroupBy(t => t, StringComparer.Ordinal).Select(g => (Tag: g.Key, Customers: g.Count()))
            .OrderByDescending(t => t.Customers).ThenBy(t => t.Tag, StringComparer.Ordinal)];
        _index = Counts.Select((t, i) => (t.Tag, i)).ToDictionary(t => t.Tag, t => t.i, StringComparer.Ordinal);
        _offsets = new int[scores.Count + 1];
        for (int i = 0; i < tags.Length; i++)
        {
            _offsets[i + 1] = _offsets[i] + tags[i].Length;
        }

        _codes = [.. tags.SelectMany(t => t).Select(t => _index[t])];
    }

    /// <summary>Every tag and how many have it, most first.</summary>
    public IReadOnlyList<(string Tag, int Customers)> Counts { get; }

    public static TagIndex Of(ServingSnapshot snapshot)
    {
        lock (s_known)
        {
            return s_known.GetValue(snapshot.Scores!, s => new TagIndex(s));
        }
    }

    /// <summary>The index if it is made already; null = not yet.</summary>
    public static TagIndex? IfMade(ServingSnapshot snapshot) => s_known.TryGetValue(snapshot.Scores!, out TagIndex? index) ? index : null;

    public int CodeOf(string tag) => _index.TryGetValue(tag, out int code)
        ? code
        : throw RequestException.Refused(
            $"tag is '{Answering.Short(tag)}'; expected one such as {string.Join(", ", Counts.Take(5).Select(t => t.Tag))}.");

    public bool Has(int row, int tag) => _codes.AsSpan(_offsets[row], _offsets[row + 1] - _offsets[row]).Contains(tag);
}
