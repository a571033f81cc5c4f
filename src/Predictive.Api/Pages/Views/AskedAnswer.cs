using Predictive.Api.Pages.Language;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Questions;

namespace Predictive.Api.Pages.Views;

/// <summary>What the page shows of a question.</summary>
/// <param name="Understood">How it was understood.</param>
/// <param name="Reading">The reading that is answered, from 1; 0 = none yet.</param>
/// <param name="Figures">The answer.</param>
/// <param name="Why">The answer, where it asks why.</param>
/// <param name="Refusal">Why there is none.</param>
public sealed record AskedAnswer(
    UnderstoodQuestion Understood, int Reading, QueryAnswer? Figures, ComparisonAnswer? Why, string? Refusal)
{
    /// <summary>A reading in another language than the reader's English.</summary>
    /// <param name="words">The language.</param>
    /// <param name="reading">What was understood.</param>
    /// <param name="dimension">Name of a dimension in it.</param>
    /// <param name="value">Name of a value of a dimension in it.</param>
    internal static string InWords(
        Words words, QuestionReading reading, Func<string, string> dimension, Func<string, string, string> value)
    {
        MetricQuery query = reading.Query;
        MetricDefinition metric = QueryCatalogue.Find(query.Metric);
        var parts = new List<string> { $"{words.Named("metric", metric.Name)} ({metric.Id})" };
        if (reading.IsWhy)
        {
            parts.Add(words["ask.said.why"]);
        }

        if (query.By.Count > 0)
        {
            parts.Add(words.Say("ask.said.by", string.Join(words["ask.said.and"], query.By.Select(dimension))));
        }

        parts.AddRange(query.Where.Select(w => Condition(w, dimension, value)));
        parts.Add(query.From is not null ? words.Say("ask.said.period", query.From, query.To)
            : metric is PeriodMetric ? words["ask.said.all"] : words["ask.said.now"]);
        if (query.Compare is { } compare)
        {
            parts.Add(words.Say("ask.said.compare", words.Has("ask.said." + compare) ? words["ask.said." + compare] : compare));
        }

        if (reading.Predicted is { } predicted)
        {
            parts.Add(words.Sentence(predicted));
        }

        return string.Join(words["format.comma"], parts);
    }

    private static string Condition(string text, Func<string, string> dimension, Func<string, string, string> value) =>
        text.Split(" = ") is [var name, var values]
            ? $"{dimension(name)} = {string.Join("/", values.Split(", ").Select(v => value(name, v)))}"
            : text;
}
