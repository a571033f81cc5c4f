using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Predictive.History;

namespace Predictive.Reports.Documents;

/// <summary>Prints a self-contained page as PDF through a Chromium that is there; none is brought along.</summary>
/// <remarks>The moments of making that Chromium writes into a PDF are overwritten, so that equal pages give equal bytes of the same
/// Chromium.</remarks>
public static partial class PdfPrinter
{
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
        "msedge"];

    private static readonly TimeSpan s_most = TimeSpan.FromMinutes(2);

    /// <summary>The program.</summary>
    /// <exception cref="DatasetException">There is none.</exception>
    public static string Find() => FindIn(Environment.GetEnvironmentVariable("PATH"))
        ?? throw new DatasetException(
            "no-browser",
            "A PDF is printed by Chromium, and none is on the path; expected chromium, google-chrome or msedge. Install it (apt install "
                + "chromium), or write .html and print that.");

    /// <summary>Prints.</summary>
    /// <exception cref="DatasetException">There is no Chromium, or it failed.</exception>
    public static async Task<byte[]> PrintAsync(string html, CancellationToken cancellation)
    {
        string program = Find(), folder = Directory.CreateTempSubdirectory("predictive-pdf-").FullName;
        try
        {
            string page = Path.Combine(folder, "page.html"), pdf = Path.Combine(folder, "page.pdf");
            await File.WriteAllTextAsync(page, html, cancellation).ConfigureAwait(false);
            var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
            foreach (string argument in Arguments(folder, page, pdf))
            {
                start.ArgumentList.Add(argument);
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(s_most);
            using Process browser = Process.Start(start)!;
            try
            {
                Task said = Task.WhenAll(
                    browser.StandardError.ReadToEndAsync(limit.Token), browser.StandardOutput.ReadToEndAsync(limit.Token));
                await browser.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                await said.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                browser.Kill(entireProcessTree: true);
                cancellation.ThrowIfCancellationRequested();
                throw Failed("it did not end within two minutes");
            }

            return browser.ExitCode == 0 && File.Exists(pdf)
                ? Timeless(await File.ReadAllBytesAsync(pdf, cancellation).ConfigureAwait(false))
                : throw Failed($"it ended with code {browser.ExitCode}");
        }
        catch (Win32Exception e)
        {
            throw Failed(e.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The first of the names in the folders of a path; null = none.</summary>
    internal static string? FindIn(string? path) =>
        s_names.SelectMany(n => (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(f => new[] { Path.Combine(f, n), Path.Combine(f, n + ".exe") })).FirstOrDefault(File.Exists);

    private static DatasetException Failed(string why) =>
        new("no-browser", $"Chromium could not print the page: {why}. Write .html and print that.");

    private static IEnumerable<string> Arguments(string folder, string page, string pdf)
    {
        yield return "--headless";
        yield return "--disable-gpu";
        yield return "--no-pdf-header-footer";
        yield return "--disable-dev-shm-usage";
        yield return $"--user-data-dir={Path.Combine(folder, "profile")}";
        // Chromium refuses its sandbox to root; the page has no script and nothing is fetched.
        if (Environment.UserName == "root")
        {
            yield return "--no-sandbox";
        }

        yield return $"--print-to-pdf={pdf}";
        yield return new Uri(page).AbsoluteUri;
    }

    // Latin-1 keeps every byte; the replacement is as long as what it replaces, so offsets in the file stay right.
    private static byte[] Timeless(byte[] pdf) => Encoding.Latin1.GetBytes(
        Made().Replace(Encoding.Latin1.GetString(pdf), m => m.Groups["key"].Value + "20000101000000" + m.Groups["rest"].Value));

    [GeneratedRegex(@"(?<key>/(Creation|Mod)Date \(D:)\d{14}(?<rest>[^)]*\))")]
    private static partial Regex Made();
}
