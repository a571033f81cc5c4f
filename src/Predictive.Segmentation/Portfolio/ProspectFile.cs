using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// The list of people without a purchase as a file: .csv, .xlsx or .json. What the customers table says of them comes last.
/// </summary>
public static class ProspectFile
{
    /// <summary>Writes the file, whole or not at all; the ending chooses the format.</summary>
    /// <param name="prospects">The people.</param>
    /// <param name="asOf">As of which they were looked at.</param>
    /// <param name="path">Ends with .csv, .xlsx or .json.</param>
    /// <param name="rawCells">True = text is written as it is, even where a spreadsheet would run it.</param>
    /// <exception cref="DatasetException">Another ending, or more than Excel holds.</exception>
    public static void Write(ProspectTable prospects, LocalTime asOf, string path, bool rawCells = false)
    {
        ArgumentNullException.ThrowIfNull(prospects);
        ListFile.Write(path, Document(prospects, asOf), prospects.Rows, Columns(prospects), rawCells);
    }

    /// <summary>Writes some of them to a stream, which stays open.</summary>
    /// <param name="prospects">The people.</param>
    /// <param name="rows">Those of them that are asked for.</param>
    /// <param name="asOf">As of which they were looked at.</param>
    /// <param name="stream">Where to; for xlsx at its start, and one that can seek and be read.</param>
    /// <param name="format">csv, xlsx or json.</param>
    /// <exception cref="ArgumentException">Another format.</exception>
    /// <exception cref="DatasetException">More than Excel holds.</exception>
    public static void Write(ProspectTable prospects, IReadOnlyList<Prospect> rows, LocalTime asOf, Stream stream, string format)
    {
        ArgumentNullException.ThrowIfNull(prospects);
        ArgumentNullException.ThrowIfNull(rows);
        ListFile.Write(stream, format, Document(prospects with { Rows = rows }, asOf), rows, Columns(prospects));
    }

    private static object Document(ProspectTable prospects, LocalTime asOf) => new
    {
        AsOf = asOf.ToString(), prospects.Activated, Prospects.Group,
        People = prospects.Rows.Select(r => new
        {
            CustomerId = r.Id, Lifecycle = r.Result.Stage, r.Result.HeardOn, r.Result.ActivatedOn, r.Result.LastEventOn, r.Result.Events,
        }),
    };

    private static List<ListColumn<Prospect>> Columns(ProspectTable prospects) => Columns<Prospect>(
        r => r.Id, r => r.Result,
        (prospects.People.Tables?.Attributes ?? []).Select(a => (a.Name, (Func<Prospect, object?>)(r => a.ValueOf(r.Person)))));

    /// <summary>The columns of a list, however its rows are kept.</summary>
    internal static List<ListColumn<T>> Columns<T>(
        Func<T, string> id, Func<T, ProspectResult> result, IEnumerable<(string Name, Func<T, object?> Of)> attributes) =>
    [
        new("customer_id", id),
        new("lifecycle", r => result(r).Stage),
        new("quadrant", _ => Prospects.Group),
        new("heard_on", r => Day(result(r).HeardOn)),
        new("activated_on", r => Day(result(r).ActivatedOn)),
        new("last_event_on", r => Day(result(r).LastEventOn)),
        new("events", r => result(r).Events),
        new("reason", r => result(r).Reason),
        .. attributes.Select(a => new ListColumn<T>("customer_" + a.Name, a.Of)),
    ];

    private static object? Day(DateOnly? day) => day is { } known ? LocalTime.StartOf(known) : null;
}
