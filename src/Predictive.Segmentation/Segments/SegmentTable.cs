using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Segments;

/// <summary>One column of a segment table: numbers or texts, one per customer.</summary>
/// <param name="Metric">Its definition.</param>
/// <param name="Numbers">The numbers, NaN = none; null where it is a text.</param>
/// <param name="Texts">The texts, null = none; null where it is a number.</param>
public sealed record SegmentColumn(MetricDefinition Metric, double[]? Numbers, string?[]? Texts);

/// <summary>What a model predicts of one customer.</summary>
/// <param name="customer">Index into the history.</param>
/// <param name="kept">Lines before the as-of with their kept amounts.</param>
/// <param name="rules">What the rules say.</param>
public delegate CustomerPredictions PredictionsOf(int customer, CustomerLines kept, CustomerRules rules);

/// <summary>
/// What every rule, and a model where there is one, says of every customer of a base as of one local time: a column per metric. Lists,
/// portfolio, own segments and pages read it. Immutable; the arrays are the table's own, not to be written.
/// </summary>
public sealed class SegmentTable
{
    private const int Chunk = 512;

    [ThreadStatic]
    private static ReturnMatching? t_matching;

    private readonly Dictionary<string, SegmentColumn> _byName;

    private SegmentTable(
        TransactionHistory history, RuleBook book, LocalTime asOf, int[] customers, IReadOnlyList<SegmentColumn> columns,
        IReadOnlyList<(string, bool[])> own)
    {
        (History, Book, AsOf, Customers, Columns, OwnSegments) = (history, book, asOf, customers, columns, own);
        _byName = columns.ToDictionary(c => c.Metric.Name, StringComparer.Ordinal);
    }

    /// <summary>The base.</summary>
    public TransactionHistory History { get; }

    /// <summary>Settings and cut-offs in force.</summary>
    public RuleBook Book { get; }

    /// <summary>The as-of.</summary>
    public LocalTime AsOf { get; }

    /// <summary>Index into the history per row, ascending: who has a purchase before the as-of.</summary>
    public int[] Customers { get; }

    /// <summary>Rows.</summary>
    public int Count => Customers.Length;

    /// <summary>The columns; those of predictions only where a model made some.</summary>
    public IReadOnlyList<SegmentColumn> Columns { get; }

    /// <summary>The shop's own segments: name, and whether each row is in it.</summary>
    public IReadOnlyList<(string Name, bool[] Members)> OwnSegments { get; }

    /// <summary>Whether there is a column.</summary>
    public bool Has(string metric) => _byName.ContainsKey(metric);

    /// <summary>Numbers of a metric.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is a text.</exception>
    public double[] Numbers(string metric) =>
        _byName.TryGetValue(metric, out SegmentColumn? column) && column.Numbers is { } numbers
            ? numbers
            : throw new ArgumentException($"There is no column of numbers '{metric}'.", nameof(metric));

    /// <summary>Texts of a metric.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is a number.</exception>
    public string?[] Texts(string metric) =>
        _byName.TryGetValue(metric, out SegmentColumn? column) && column.Texts is { } texts
            ? texts
            : throw new ArgumentException($"There is no column of texts '{metric}'.", nameof(metric));

    /// <summary>What base metrics are computed from.</summary>
    public BaseColumns AsBase() => new(
        Count, History.Tables?.Prospects?.Count, m => Has(m) ? Numbers(m) : null, m => Has(m) ? Texts(m) : null);

    /// <summary>Id of a row's customer.</summary>
    public string CustomerId(int row) => History.CustomerId(Customers[row]);

    /// <summary>Builds the table.</summary>
    /// <param name="history">The base.</param>
    /// <param name="book">Settings and cut-offs.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="predictions">Predictions of a customer; null = no model.</param>
    /// <param name="cancellation">Ends early.</param>
    public static SegmentTable Build(
        TransactionHistory history, RuleBook book, LocalTime asOf, PredictionsOf? predictions = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(book);
        int[] customers = Population.At(history, asOf);
        CustomerMetric[] metrics = [.. CustomerMetrics.All.Where(m => predictions is not null || !m.NeedsModel)];
        double[]?[] numbers = [.. metrics.Select(m => m.IsText ? null : new double[customers.Length])];
        string?[]?[] texts = [.. metrics.Select(m => m.IsText ? new string?[customers.Length] : null)];
        RuleOptions options = book.Options;
        var own = new OwnModelReader(options);
        double[][] scores = [.. options.Scores.Select(_ => new double[customers.Length])];
        string?[][] combined = [.. options.Combined.Select(_ => new string?[customers.Length])];
        bool[][] members = [.. options.Segments.Select(_ => new bool[customers.Length])];
        var reader = new RuleReader(book, history);
        Parallel.For(
            0, (customers.Length + Chunk - 1) / Chunk, new ParallelOptions { CancellationToken = cancellation },
            chunk =>
            {
                ReturnMatching matching = t_matching ??= new ReturnMatching();
                for (int i = chunk * Chunk; i < Math.Min(customers.Length, (chunk + 1) * Chunk); i++)
                {
                    int customer = customers[i];
                    CustomerLines kept = matching.Mark(history.Lines(customer).Before(asOf), out _);
                    CustomerRules rules = reader.Read(kept, asOf, withReasons: false);
                    var facts = new CustomerFacts(asOf, rules, predictions?.Invoke(customer, kept, rules), history.Tables, customer);
                    for (int m = 0; m < metrics.Length; m++)
                    {
                        if (numbers[m] is { } column)
                        {
                            column[i] = metrics[m].Number(facts);
                        }
                        else
                        {
                            texts[m]![i] = metrics[m].Text(facts);
                        }
                    }

                    OwnModelResult result = own.Read(facts);
                    Set(scores, result.Scores, i);
                    Set(combined, result.Combined, i);
                    Set(members, result.Segments, i);
                }
            });
        List<SegmentColumn> columns = [.. metrics.Select((m, i) => new SegmentColumn(m, numbers[i], Shared(texts[i])))];
        columns.AddRange(options.Scores.Select((s, i) => new SegmentColumn(Own("score." + s.Name, "0–100", "own score"), scores[i], null)));
        columns.AddRange(options.Combined.Select(
            (c, i) => new SegmentColumn(Own("combined." + c.Name, "text", "own combined model"), null, Shared(combined[i]))));
        return new SegmentTable(
            history, book, asOf, customers, columns, [.. options.Segments.Select((s, i) => (s.Name, members[i]))]);
    }

    private static void Set<T>(T[][] columns, T[] values, int row)
    {
        for (int c = 0; c < columns.Length; c++)
        {
            columns[c][row] = values[c];
        }
    }

    // Few texts are said of many customers: each is kept once.
    private static string?[]? Shared(string?[]? texts)
    {
        if (texts is null)
        {
            return null;
        }

        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < texts.Length; i++)
        {
            if (texts[i] is { } text && !known.TryAdd(text, text))
            {
                texts[i] = known[text];
            }
        }

        return texts;
    }

    private static MetricDefinition Own(string name, string unit, string what) =>
        new(name, 1, MetricScope.Customer, unit, $"The shop's {what}.", "segments.json");
}
