using Cronos;
using MimeKit;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Settings;
using Predictive.Acting.Webhooks;
using Predictive.History;

namespace Predictive.Acting.Lists;

/// <summary>The server that mail is handed to.</summary>
/// <param name="Host">Its name.</param>
/// <param name="From">Sender, such as <c>Predictive &lt;lists@example.com&gt;</c>.</param>
public sealed record MailServer(string Host, string From)
{
    /// <summary>Port. Default 587.</summary>
    public int Port { get; init; } = 587;

    /// <summary>TLS from the first byte (port 465); else it begins with STARTTLS, without which nothing is sent.</summary>
    public bool Tls { get; init; }

    /// <summary>Mail may be handed over in the clear: only to a server on this machine. Default false.</summary>
    public bool AllowPlain { get; init; }

    /// <summary>Account; null = none.</summary>
    public string? User { get; init; }

    /// <summary>Environment variable that holds the account's password.</summary>
    public string? PasswordVariable { get; init; }
}

/// <summary>A list that arrives.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Audience">As <c>predictive campaign create --audience</c>: at-risk, everyone, segment:NAME, pool:NAME, filter.</param>
/// <param name="When">Five cron fields, such as <c>0 7 * * 1</c>: Mondays at seven; or <c>scored</c>: after each training.</param>
public sealed record ListDefinition(string Name, string Audience, string When)
{
    /// <summary>Further conditions.</summary>
    public string? Where { get; init; }

    /// <summary>Customers at most.</summary>
    public int Top { get; init; } = 50;

    /// <summary>Whose clock; null = the dataset's.</summary>
    public string? Zone { get; init; }

    /// <summary>By which way its customers are contacted: who may not be is left out; null = nobody is.</summary>
    public string? Channel { get; init; }

    /// <summary>What it is ranked by: <c>stake</c>, or <c>uplift</c> where past campaigns tell better than chance. Default stake.</summary>
    public string Rank { get; init; } = "stake";

    /// <summary>Share of spend that is left after goods, for uplift. Default 1.</summary>
    public double Margin { get; init; } = 1;

    /// <summary>What a contact costs, for uplift: who brings less is left out. Default 0.</summary>
    public double Cost { get; init; }

    /// <summary>Whom it is mailed to.</summary>
    public IReadOnlyList<string> Mail { get; init; } = [];

    /// <summary>Folder it is put into.</summary>
    public string? Folder { get; init; }
}

/// <summary><c>lists.json</c>: lists that arrive by themselves.</summary>
public sealed record ListSettings
{
    /// <summary>Name of the file in a dataset's folder.</summary>
    public const string FileName = "lists.json";

    /// <summary>In place of a time: after each training.</summary>
    public const string AfterScoring = "scored";

    /// <summary>What <c>predictive init</c> writes; read, it is the default.</summary>
    public const string Standard =
        """
        // Lists that arrive by themselves, as an Excel sheet with reasons and what to do: who is new on it, and what became of who left it.
        // Sent by the worker; by hand: predictive lists send DIR. What may have been sent is never sent again unasked.
        {
          // Where mail is handed over, such as {"host": "mail.example.com", "from": "Predictive <lists@example.com>", "user": "lists",
          // "passwordVariable": "PREDICTIVE_MAIL_PASSWORD"}. Port 587 with STARTTLS, or "port": 465, "tls": true.
          "mailServer": null,

          // Such as {"name": "calls of the week", "audience": "at-risk", "top": 50, "when": "0 7 * * 1", "zone": "Europe/Paris",
          // "channel": "call", "mail": ["sales@example.com"], "folder": "/srv/lists"}. when: five cron fields, or "scored" = after each
          // training. audience and where: as predictive campaign create. channel: who may not be contacted by it is left out.
          // "rank": "uplift" (with "margin" and "cost") ranks by what past campaigns teach that a contact changes; where that cannot be
          // told better than by chance, the list is ranked by what is at stake, and says so.
          "lists": []
        }

        """;

    /// <summary>The server; null = no mail.</summary>
    public MailServer? MailServer { get; init; }

    /// <summary>The lists.</summary>
    public IReadOnlyList<ListDefinition> Lists { get; init; } = [];

    /// <summary>The settings of a dataset: those of its file, else none.</summary>
    /// <exception cref="DatasetException">The file is wrong: a finding for each fault, with its line.</exception>
    public static ListSettings For(string pathOrFolder) => SettingsFile.For<ListSettings>(pathOrFolder, FileName, Standard, Check);

    /// <summary>Reads settings.</summary>
    /// <exception cref="DatasetException">They are wrong.</exception>
    public static ListSettings Parse(byte[] json) => SettingsFile.Parse<ListSettings>(json, FileName, Check);

    private static IEnumerable<Fault> Check(ListSettings settings)
    {
        if (settings.MailServer is { } server)
        {
            if (!MailboxAddress.TryParse(server.From, out _))
            {
                yield return new("mailServer.from", $"'{server.From}' is no address; expected one such as Predictive <lists@example.com>");
            }

            if (server.Port is < 1 or > 65535)
            {
                yield return new("mailServer.port", $"{server.Port}; expected 1 to 65535");
            }

            if (server.User is null != server.PasswordVariable is null)
            {
                yield return new("mailServer", "user and passwordVariable go together; expected both, or neither");
            }
        }

        for (int i = 0; i < settings.Lists.Count; i++)
        {
            ListDefinition list = settings.Lists[i];
            string at = $"lists[{i}]";
            if (string.IsNullOrWhiteSpace(list.Name) || list.Name.AsSpan().ContainsAny("|/\\") || settings.Lists.Take(i).Any(l =>
                l.Name == list.Name))
            {
                yield return new($"{at}.name", $"the name is '{list.Name}'; expected words of its own without | / \\");
            }

            if (list.When != AfterScoring && !CronExpression.TryParse(list.When, out _))
            {
                yield return new($"{at}.when", $"'{list.When}' is no time; expected five cron fields such as 0 7 * * 1, or {AfterScoring}");
            }

            if (list.Zone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            {
                yield return new($"{at}.zone", $"'{zone}' is no zone; expected an IANA name such as Europe/Paris");
            }

            if (list.Top < 1)
            {
                yield return new($"{at}.top", $"{list.Top} customers; expected 1 or more");
            }

            if (list.Rank is not ("stake" or "uplift"))
            {
                yield return new($"{at}.rank", $"'{list.Rank}'; expected stake or uplift");
            }

            if (!(list.Margin is > 0 and <= 1) || !(list.Cost >= 0 && double.IsFinite(list.Cost)))
            {
                yield return new(at, $"the margin is {list.Margin}, the cost {list.Cost}; expected a share above 0, and 0 or more");
            }

            if (list.Mail.Count == 0 && list.Folder is null)
            {
                yield return new(at, "it goes nowhere; expected mail, a folder, or both");
            }

            if (list.Mail.Count > 0 && settings.MailServer is null)
            {
                yield return new($"{at}.mail", "there is no mailServer to hand it to");
            }

            foreach (string address in list.Mail.Where(a => !MailboxAddress.TryParse(a, out _)))
            {
                yield return new($"{at}.mail", $"'{address}' is no address");
            }
        }
    }
}
