using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Acting.Campaigns;

/// <summary>
/// Reads conditions as one types them, such as <c>value_band=A|B and recency_days&gt;=30</c>, into those of own segments: the same fields,
/// the same meaning.
/// </summary>
internal static partial class AudienceFilter
{
    /// <summary>The conditions as an own segment.</summary>
    /// <param name="name">Of the segment.</param>
    /// <param name="text">What was typed.</param>
    /// <param name="options">Own scores and combined models that may be named.</param>
    /// <exception cref="CampaignException">It cannot be read; with every fault.</exception>
    public static OwnSegment Read(string name, string text, RuleOptions options)
    {
        var conditions = new List<FieldCondition>();
        foreach (string part in And().Split(text))
        {
            Match match = Condition().Match(part);
            if (!match.Success)
            {
                throw new CampaignException(
                    $"The condition '{part.Trim()}' cannot be read; expected FIELD, one of = != >= > <= <, and a value, such as "
                        + "recency_days>=30 or value_band=A|B; several are joined by 'and'.");
            }

            conditions.Add(Of(match.Groups["field"].Value, match.Groups["op"].Value, match.Groups["value"].Value.Trim()));
        }

        OwnSegment segment = new(name) { All = conditions };
        List<OwnModelFault> faults = OwnModelReader.Faults(options with { Segments = [segment] });
        return faults.Count == 0 ? segment : throw new CampaignException(
            $"The conditions '{text}' do not hold together: {string.Join("; ", faults.Select(f => f.Text))}.");
    }

    private static FieldCondition Of(string field, string op, string value)
    {
        var condition = new FieldCondition(field);
        bool isNumber = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
        if (op is "=" or "!=")
        {
            // A field of numbers is compared as one; '= 3' of an attribute means the text unless it is known to be a number.
            bool asNumber = isNumber && op == "=" && CustomerFields.Find(field)?.IsText == false;
            string[] values = [.. value.Split('|').Select(v => v.Trim())];
            return asNumber ? condition with { AtLeast = number, AtMost = number }
                : op == "=" ? condition with { In = values }
                : condition with { NotIn = values };
        }

        if (!isNumber)
        {
            throw new CampaignException($"The condition '{field}{op}{value}' compares with '{value}'; expected a number after {op}.");
        }

        return op switch
        {
            ">=" => condition with { AtLeast = number },
            ">" => condition with { Above = number },
            "<=" => condition with { AtMost = number },
            _ => condition with { Below = number },
        };
    }

    [GeneratedRegex(@"\s+and\s+|\s*&&?\s*", RegexOptions.IgnoreCase)]
    private static partial Regex And();

    [GeneratedRegex(@"^\s*(?<field>[^=!<>]+?)\s*(?<op>>=|<=|!=|=|>|<)\s*(?<value>[^=!<>]+)$")]
    private static partial Regex Condition();
}
