using System.Globalization;
using System.Text;

namespace Predictive.Api.Pages.Language;

/// <summary>Addresses of pages: a view is its query string, so a link restores it.</summary>
public static class PageUrl
{
    /// <summary>A path with parameters; those without a value are left out.</summary>
    public static string Of(string path, params (string Name, object? Value)[] parameters)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(parameters);
        var url = new StringBuilder(path);
        char separator = '?';
        foreach ((string name, object? value) in parameters)
        {
            if (Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text)
            {
                url.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(text));
                separator = '&';
            }
        }

        return url.ToString();
    }

    /// <summary>The same view with one parameter set, or taken away where the value is null.</summary>
    /// <param name="frame">The view.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="value">Its value.</param>
    public static string With(PageFrame frame, string name, object? value)
    {
        ArgumentNullException.ThrowIfNull(frame);
        var parameters = frame.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('=', 2)).Where(p => Uri.UnescapeDataString(p[0]) != name && p.Length == 2 && p[1].Length > 0)
            .Select(p => (Uri.UnescapeDataString(p[0]), (object?)Uri.UnescapeDataString(p[1].Replace('+', ' '))));
        return Of(frame.Path, [.. parameters, (name, value)]);
    }
}
