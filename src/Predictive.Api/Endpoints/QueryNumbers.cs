using System.Globalization;
using Predictive.Api.Answers;
using Predictive.Api.Http;

namespace Predictive.Api.Endpoints;

/// <summary>Numbers of a query, read strictly.</summary>
internal static class QueryNumbers
{
    /// <summary>A whole number.</summary>
    /// <exception cref="RequestException">Anything else, or out of range.</exception>
    public static int Whole(string name, string? text, int standard, int least, int most) =>
        string.IsNullOrEmpty(text) ? standard
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number
        : throw RequestException.Refused(
            string.Create(CultureInfo.InvariantCulture, $"{name} is {Answering.Short(text)}; expected {least} to {most}."));
}

/// <summary>Flags of a query, read strictly.</summary>
internal static class QueryFlags
{
    /// <summary>true or false; not given = false.</summary>
    /// <exception cref="RequestException">Anything else.</exception>
    public static bool Of(string name, string? text) => text switch
    {
        null or "" or "false" => false,
        "true" => true,
        _ => throw RequestException.Refused($"{name} is '{Answering.Short(text)}'; expected true or false."),
    };
}
