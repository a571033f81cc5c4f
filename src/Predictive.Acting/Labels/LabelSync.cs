using System.Text.Json;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Labels;

namespace Predictive.Acting.Labels;

/// <summary>What a destination is to change.</summary>
/// <param name="CustomerId">Whose labels.</param>
/// <param name="Change">added, changed or removed.</param>
/// <param name="Values">The labels by the order of the fields; null = none; all null where removed.</param>
public sealed record LabelChange(string CustomerId, string Change, IReadOnlyList<string?> Values);

/// <summary>
/// Segments and bands for another system (a mailing tool, a CRM): what changed since that destination was told last.
/// </summary>
/// <remarks>
/// The file is written whole, then noted. Whoever dies between the two has the same changes in the next file once more: taken over twice,
/// they mean the same.
/// </remarks>
public sealed class LabelSync
{
    /// <summary>The fields of a sync that names none.</summary>
    public static IReadOnlyList<string> StandardFields { get; } =
        ["rfm_segment", "lifecycle", "value_band", "value_matrix", "tier", "churn_band", Own];

    private const string Own = "segments";

    private readonly StoreDatabase _store;
    private readonly string _destination;
    private readonly List<(string Customer, string? Label)> _told;

    private LabelSync(
        StoreDatabase store, string destination, IReadOnlyList<string> fields, int customers, IReadOnlyList<LabelChange> changes,
        List<(string, string?)> told)
        => (_store, _destination, Fields, Customers, Changes, _told) = (store, destination, fields, customers, changes, told);

    /// <summary>The labels, in the order of <see cref="LabelChange.Values"/>.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Customers with labels now.</summary>
    public int Customers { get; }

    /// <summary>What changed, by customer.</summary>
    public IReadOnlyList<LabelChange> Changes { get; }

    /// <summary>Holds a base against what a destination was told last.</summary>
    /// <param name="store">Knows that.</param>
    /// <param name="destination">Its name.</param>
    /// <param name="table">The base.</param>
    /// <param name="fields">Columns of texts, or <c>segments</c> for own segments; null = <see cref="StandardFields"/> that there
    /// are.</param>
    /// <param name="full">True = everything once more, as if nothing had been told.</param>
    /// <exception cref="DatasetException">A field is no column of texts.</exception>
    /// <exception cref="StoreException">The store fails.</exception>
    public static LabelSync Of(
        StoreDatabase store, string destination, SegmentTable table, IReadOnlyList<string>? fields = null, bool full = false)
    {
        ArgumentNullException.ThrowIfNull(table);
        string[] known = [.. table.Columns.Where(c => c.Texts is not null).Select(c => c.Metric.Name), Own];
        if (fields?.FirstOrDefault(f => !known.Contains(f)) is { } wrong)
        {
            throw new DatasetException(
                "unknown-label", $"'{wrong}' is no label; expected of: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        }

        string[] chosen = [.. fields ?? StandardFields.Where(known.Contains)];
        string?[]?[] texts = [.. chosen.Select(f => f == Own ? null : table.Texts(f))];
        Dictionary<string, string> before = new LabelBook(store).Read(destination);
        var changes = new List<LabelChange>();
        var told = new List<(string, string?)>();
        for (int row = 0; row < table.Count; row++)
        {
            string id = table.CustomerId(row);
            string?[] values = new string?[chosen.Length];
            for (int f = 0; f < chosen.Length; f++)
            {
                values[f] = texts[f] is { } column ? column[row] : OwnOf(table, row);
            }

            string label = JsonSerializer.Serialize(chosen.Zip(values).ToDictionary(v => v.First, v => v.Second));
            bool isKnown = before.Remove(id, out string? last);
            if (full || last != label)
            {
                changes.Add(new LabelChange(id, isKnown && !full ? "changed" : "added", values));
                told.Add((id, label));
            }
        }

        foreach (string id in before.Keys)
        {
            changes.Add(new LabelChange(id, "removed", new string?[chosen.Length]));
            told.Add((id, null));
        }

        changes.Sort((a, b) => string.CompareOrdinal(a.CustomerId, b.CustomerId));
        return new LabelSync(store, destination, chosen, table.Count, changes, told);
    }

    /// <summary>Writes the changes, then notes that the destination was told.</summary>
    /// <param name="path">Ends with .csv, .xlsx, .json or .parquet.</param>
    /// <param name="rawCells">True = text in CSV and Excel is written as it is.</param>
    /// <exception cref="DatasetException">Another ending.</exception>
    /// <exception cref="IOException">The disk is full, or fails: nothing was noted.</exception>
    public void Write(string path, bool rawCells = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase))
        {
            ListFile.WriteParquet(
                path, ["customer_id", "change", .. Fields],
                Changes.Select(c => (IReadOnlyList<string?>)[c.CustomerId, c.Change, .. c.Values]).ToList());
        }
        else
        {
            ListFile.Write(path, Changes, Changes, Columns(), rawCells);
        }

        new LabelBook(_store).Told(_destination, _told);
    }

    private ListColumn<LabelChange>[] Columns() =>
    [
        new("customer_id", c => c.CustomerId), new("change", c => c.Change),
        .. Fields.Select((f, i) => new ListColumn<LabelChange>(f, c => c.Values[i])),
    ];

    private static string? OwnOf(SegmentTable table, int row)
    {
        string joined = string.Join(" | ", table.OwnSegments.Where(s => s.Members[row]).Select(s => s.Name));
        return joined.Length == 0 ? null : joined;
    }
}
