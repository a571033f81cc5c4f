using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Reports.Charts;
using Predictive.Reports.Pages;

namespace Predictive.Api.Pages.Assets;

/// <summary>The style sheet (charts, reports, pages: one source) and the one script. Their version is in the path, so they are kept for a
/// year.</summary>
internal static class PageAssets
{
    private static readonly byte[] s_style = Encoding.UTF8.GetBytes(
        string.Join('\n', ChartStyle.Css, ReportStyle.Css, Encoding.UTF8.GetString(Embedded("pages.css"))));

    private static readonly byte[] s_script = Embedded("pages.js");

    /// <summary>Paths of style sheet and script.</summary>
    public static (string Style, string Script) Paths { get; } = (PathOf("pages.css", s_style), PathOf("pages.js", s_script));

    public static void MapPageAssets(this IEndpointRouteBuilder routes)
    {
        Map(Paths.Style, s_style, "text/css; charset=utf-8");
        Map(Paths.Script, s_script, "text/javascript; charset=utf-8");

        void Map(string path, byte[] body, string mediaType) => routes.MapGet(path, context =>
        {
            context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
            return Answering.Send(context, body, mediaType);
        }).ForAnybody().Takes().ExcludeFromDescription();
    }

    private static string PathOf(string name, byte[] content) =>
        $"/assets/{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 6))}/{name}";

    private static byte[] Embedded(string name)
    {
        using Stream stream = typeof(PageAssets).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"'{name}' is not in the assembly.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
