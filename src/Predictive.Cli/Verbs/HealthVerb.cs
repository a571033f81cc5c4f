using System.CommandLine;
using System.Globalization;
using System.Net.Http;
using Predictive.Cli.Service;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive health [--url URL] [--live] | --pulse FILE</c>: whether a host answers, or a worker is well, for images that have nothing
/// else to ask with.
/// </summary>
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
        var pulse = new Option<string?>("--pulse")
        {
            Description = "Ask for a worker instead: the file that it was given as --pulse.", HelpName = "FILE",
        };
        var command = new Command("health", "Ask a running host whether it serves, or a worker is well; exit 0 where so, else 1 and why.")
        {
            url, live, pulse,
        };
        return command.Does(context, async (parsed, cancellation) =>
        {
            if (parsed.GetValue(pulse) is { } file)
            {
                Pulse(context, file);
                return ExitCode.Done;
            }

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

    private static void Pulse(VerbContext context, string file)
    {
        if (!File.Exists(file))
        {
            throw new IOException(
                $"'{file}' is not there: no worker has begun, or its --pulse names another file.");
        }

        TimeSpan age = context.Clock.GetUtcNow() - File.GetLastWriteTimeUtc(file);
        string told = string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0} s ago");
        if (age > ServiceTimes.OldestPulse)
        {
            throw new IOException(string.Create(
                CultureInfo.InvariantCulture,
                $"The worker was well {told}; expected within {ServiceTimes.OldestPulse.TotalSeconds:0} s. Its log says what it waits "
                    + $"for."));
        }

        context.Console.Line($"the worker was well {told}");
    }
}
