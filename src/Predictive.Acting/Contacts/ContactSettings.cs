using Predictive.Acting.Settings;
using Predictive.History;
using Predictive.Store.Contacts;

namespace Predictive.Acting.Contacts;

/// <summary>How often a customer may be contacted.</summary>
/// <param name="Channel">Such as <c>call</c>; <c>*</c> = all channels together.</param>
/// <param name="Most">Contacts at most; 0 = never.</param>
/// <param name="Days">Within so many days.</param>
public sealed record ContactCap(string Channel, int Most, int Days);

/// <summary>A column of the customers table that says who does not want to be contacted.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Channel">By which way; <c>*</c> = by none.</param>
/// <param name="Values">Values that mean no, whatever the case.</param>
public sealed record OptOutColumn(string Column, string Channel, IReadOnlyList<string> Values);

/// <summary><c>contacts.json</c>: who may be contacted, and how often.</summary>
public sealed record ContactSettings
{
    /// <summary>Name of the file in a dataset's folder.</summary>
    public const string FileName = "contacts.json";

    /// <summary>What <c>predictive init</c> writes; read, it is the default.</summary>
    public const string Standard =
        """
        // Who may be contacted, and how often. Every audience says whom this leaves out. Read by predictive campaign, lists and tasks.
        {
          // At most so many contacts of a customer by a way within so many days; "*" = all ways together; 0 = never by this way.
          "caps": [
            {"channel": "call", "most": 1, "days": 30},
            {"channel": "email", "most": 2, "days": 30},
            {"channel": "sms", "most": 1, "days": 30},
            {"channel": "letter", "most": 1, "days": 90},
            {"channel": "*", "most": 4, "days": 30}
          ],

          // Customers nobody contacts, by id: competitors, staff, open disputes. Single ones with an end: predictive campaign suppress.
          "never": [],

          // Columns of the customers table that say who does not want to be contacted, such as
          // {"column": "no_calls", "channel": "call", "values": ["yes", "true", "1"]}. An opt-out is overridden by nothing.
          // Those that customers tell us: predictive campaign opt-out.
          "optOuts": []
        }

        """;

    /// <summary>How often.</summary>
    public IReadOnlyList<ContactCap> Caps { get; init; } = [];

    /// <summary>Ids of customers nobody contacts.</summary>
    public IReadOnlyList<string> Never { get; init; } = [];

    /// <summary>Columns that say who does not want to be.</summary>
    public IReadOnlyList<OptOutColumn> OptOuts { get; init; } = [];

    /// <summary>The settings of a dataset: those of its file, else the default.</summary>
    /// <exception cref="DatasetException">The file is wrong: a finding for each fault, with its line.</exception>
    public static ContactSettings For(string pathOrFolder) => SettingsFile.For<ContactSettings>(pathOrFolder, FileName, Standard, Check);

    /// <summary>Reads settings.</summary>
    /// <exception cref="DatasetException">They are wrong.</exception>
    public static ContactSettings Parse(byte[] json) => SettingsFile.Parse<ContactSettings>(json, FileName, Check);

    private static IEnumerable<Fault> Check(ContactSettings settings)
    {
        for (int i = 0; i < settings.Caps.Count; i++)
        {
            ContactCap cap = settings.Caps[i];
            if (string.IsNullOrWhiteSpace(cap.Channel))
            {
                yield return new($"caps[{i}].channel", $"the channel is empty; expected one such as call, or {ContactBook.EveryChannel}");
            }

            if (cap.Most < 0)
            {
                yield return new($"caps[{i}].most", $"{cap.Most} contacts; expected 0 or more");
            }

            if (cap.Days is < 1 or > 3650)
            {
                yield return new($"caps[{i}].days", $"{cap.Days} days; expected 1 to 3650");
            }
        }

        for (int i = 0; i < settings.OptOuts.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(settings.OptOuts[i].Column) || settings.OptOuts[i].Values.Count == 0)
            {
                yield return new($"optOuts[{i}]", "a column and the values that mean no are expected");
            }
        }
    }
}
