using System.CommandLine;
using System.Net.Http;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive health [--url URL] [--live]</c>: whether a host answers, for images that have nothing else to ask with.</summary>
internal static class HealthVerb
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    public static Command Create(VerbContext context)
    {
        var url = new Option<string>("--url")
        {
            Description = "Address of the host.", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:5080",
        };
        var live = new Option<bool>("--live") { Description = "Only whether the process answers, not whether it serves." };
        var command = new Command("health", "Ask a running host whether it serves; exit 0 where it does, else 1 and why.") { url, live };
        return command.Does(context, async (parsed, cancellation) =>
        {
            string told = parsed.GetRequiredValue(url);
            if (!Uri.TryCreate(told, UriKind.Absolute, out Uri? host) || host.Scheme is not ("http" or "https"))
            {
                throw new RefusedInputException($"--url is '{told}'; expected an address such as http://127.0.0.1:5080.");
            }

            using var client = new HttpClient { Timeout = s_patience };
            var ask = new Uri(host, parsed.GetValue(live) ? "/health/live" : "/health/ready");
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(ask, cancellation);
                string body = (await answer.Content.ReadAsStringAsync(cancellation)).Trim();
                context.Console.Line(body);
                return answer.IsSuccessStatusCode ? ExitCode.Done : ExitCode.Failed;
            }
            catch (HttpRequestException e)
            {
                throw new IOException($"{ask} does not answer ({e.Message.TrimEnd('.')}).");
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new IOException($"{ask} does not answer within {s_patience.TotalSeconds:0} s.");
            }
        });
    }
}
