using Predictive.Acting.Settings;
using Predictive.History;

namespace Predictive.Acting.Webhooks;

/// <summary>A host that hears of events.</summary>
/// <param name="Name">Unique; deliveries are noted under it.</param>
/// <param name="Url">Where to, such as <c>https://crm.example.com/hooks/predictive</c>.</param>
/// <param name="SecretVariable">Environment variable that holds the secret messages are signed with.</param>
public sealed record WebhookDestination(string Name, string Url, string SecretVariable)
{
    /// <summary>Kinds of events it wants; empty = all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Whether its name may lead into a private network, or to this machine. Default false.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Whether it may be without TLS. Default false.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Whether it wants events of a kind.</summary>
    public bool Wants(string kind) => Kinds.Count == 0 || Kinds.Contains(kind);
}

/// <summary><c>webhooks.json</c>: who hears of events. Nobody else does.</summary>
public sealed record WebhookSettings
{
    /// <summary>Name of the file in a dataset's folder.</summary>
    public const string FileName = "webhooks.json";

    /// <summary>What <c>predictive init</c> writes; read, it is the default.</summary>
    public const string Standard =
        """
        // Who hears of events: alerts, overdue tasks, campaigns, trainings, lists that failed. Each event is sent at least once, with the same
        // webhook-id each time: who hears of it twice keeps one. Signed as https://www.standardwebhooks.com describes. Read by the worker and
        // by: predictive alerts deliver DIR
        {
          // Such as {"name": "crm", "url": "https://crm.example.com/hooks/predictive", "secretVariable": "PREDICTIVE_WEBHOOK_CRM",
          // "kinds": ["alert", "task_overdue"]}. The secret stands in that environment variable, 24 characters or more. Redirects are not
          // followed. Private addresses are refused unless "allowPrivate": true, plain http unless "allowHttp": true.
          "destinations": [],

          // Attempts before an event is given up (predictive alerts dead-letters). Between them: 30 s, 1, 2, 4 ... minutes, up to 6 hours.
          "attempts": 15
        }

        """;

    /// <summary>The hosts.</summary>
    public IReadOnlyList<WebhookDestination> Destinations { get; init; } = [];

    /// <summary>Attempts before an event is given up.</summary>
    public int Attempts { get; init; } = 15;

    /// <summary>The settings of a dataset: those of its file, else nobody.</summary>
    /// <exception cref="DatasetException">The file is wrong: a finding for each fault, with its line.</exception>
    public static WebhookSettings For(string pathOrFolder) => SettingsFile.For<WebhookSettings>(pathOrFolder, FileName, Standard, Check);

    /// <summary>Reads settings.</summary>
    /// <exception cref="DatasetException">They are wrong.</exception>
    public static WebhookSettings Parse(byte[] json) => SettingsFile.Parse<WebhookSettings>(json, FileName, Check);

    private static IEnumerable<Fault> Check(WebhookSettings settings)
    {
        if (settings.Attempts is < 1 or > 100)
        {
            yield return new("attempts", $"{settings.Attempts} attempts; expected 1 to 100");
        }

        for (int i = 0; i < settings.Destinations.Count; i++)
        {
            WebhookDestination d = settings.Destinations[i];
            if (string.IsNullOrWhiteSpace(d.Name) || settings.Destinations.Take(i).Any(o => o.Name == d.Name))
            {
                yield return new($"destinations[{i}].name", $"the name is '{d.Name}'; expected one of its own");
            }

            if (string.IsNullOrWhiteSpace(d.SecretVariable))
            {
                yield return new($"destinations[{i}].secretVariable", "expected the name of an environment variable");
            }

            if (!Uri.TryCreate(d.Url, UriKind.Absolute, out Uri? url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0)
            {
                yield return new($"destinations[{i}].url", $"'{d.Url}' is no address to send to; expected https://HOST/PATH");
            }
            else if (url.Scheme == "http" && !d.AllowHttp)
            {
                yield return new($"destinations[{i}].url", "it is without TLS; expected https, or \"allowHttp\": true");
            }
        }
    }
}
