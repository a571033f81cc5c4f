using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Queries;

/// <summary>A query about a period.</summary>
internal sealed class PeriodQuery
{
    private readonly QueryBase _base;
    private readonly MetricQuery _query;
    private readonly PeriodMetric _metric;
    private readonly Dimension[] _by;
    private readonly BoundConditions _conditions;
    private readonly List<string> _notes;

    public PeriodQuery(
        QueryBase of, MetricQuery query, PeriodMetric metric, Dimension[] by, BoundConditions conditions, List<string> notes)
    {
        (_base, _query, _metric, _by, _conditions, _notes) = (of, query, metric, by, conditions, notes);
        Check();
    }

    public QueryAnswer Run(CancellationToken cancellation)
    {
        Period period = QueryRunner.PeriodOf(_base, _query, _notes);
        Period? against = QueryRunner.AgainstOf(_query, period);
        if (against is not null && _by.Any(d => d.Kind == DimensionKind.Time))
        {
            throw new QueryRefusedException("compare holds one period against another; leave the dimension of time out.");
        }

        (ScanPlan plan, GroupSums now) = Scan(period, perCustomer: false, cancellation);
        (ScanPlan Plan, GroupSums Sums)? then = against is { } earlier ? Scan(earlier, perCustomer: false, cancellation) : null;
        if (against is { } compared && compared.From < _base.FirstDay)
        {
            _notes.Add(FormattableString.Invariant(
                $"The period compared with begins before the data, which begin on {_base.FirstDay:yyyy-MM-dd}."));
        }

        IEnumerable<long> keys = now.Keys.Where(k => k != GroupSums.Total);
        keys = then is var (_, other) ? keys.Union(other.Keys.Where(k => k != GroupSums.Total)).Order() : keys;
        QueryRow[] rows = [.. keys.Select(k => RowOf(plan, k))];
        if (_by.Length > 0 && _by[0].Kind != DimensionKind.Time)
        {
            rows = [.. rows.OrderByDescending(r => r.Value ?? double.NegativeInfinity)];
        }

        AddNotes(period);
        return new QueryAnswer
        {
            Metric = _metric.Id,
            Name = _metric.Words.English,
            Chinese = _metric.Words.Chinese,
            Unit = _metric.Unit,
            Currency = _metric.Unit == "money" ? _base.History.Description.Currency : null,
            Query = Text(period, against),
            Formula = _metric.Formula,
            Period = period.ToString(),
            Against = against?.ToString(),
            AsOf = _base.AsOf.ToString(),
            DataThrough = _base.LastDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Model = UsesRules ? _base.Model : null,
            By = [.. _by.Select(d => d.Name)],
            Total = RowOf(plan, GroupSums.Total),
            Rows = [.. rows.Take(_query.Limit)],
            Groups = rows.Length,
            Notes = _notes,
        };

        QueryRow RowOf(ScanPlan of, long key)
        {
            GroupSums.Cell cell = now.Of(key);
            (double? low, double? high) = Noise.Of(_metric, cell);
            var row = new QueryRow(
                key == GroupSums.Total ? [] : of.NamesOf(key), Value(cell), Rounded(low), Rounded(high), null, null, null,
                (long)cell.Parts[(int)(_metric.LooksBack ? PeriodPart.Before : PeriodPart.Buyers)],
                _metric.LooksBack ? null : (long)cell.Parts[(int)PeriodPart.Purchases]);
            return then is var (_, sums) ? row.Against(Value(sums.Of(key)), v => QueryRunner.Round(v, _metric.Unit)) : row;
        }
    }

    /// <summary>Sums of one period by group, and the plan that made them.</summary>
    public (ScanPlan Plan, GroupSums Sums) Scan(Period period, bool perCustomer, CancellationToken cancellation)
    {
        string? step = _by.FirstOrDefault(d => d.Kind == DimensionKind.Time)?.Name;
        Period before = period.Before();
        List<Period> steps = _metric.LooksBack && step is not null ? TimeSteps.Steps(step, period) : [];
        DateOnly first = !_metric.LooksBack ? period.From
            : steps.Count > 0 && steps[0].From < before.From ? steps[0].From : before.From;
        long end = Math.Min(period.End.Micros, _base.AsOf.Micros);
        var plan = new ScanPlan
        {
            History = _base.History,
            FirstDay = LocalTime.StartOf(first).Day,
            Start = LocalTime.StartOf(first).Micros,
            End = end,
            By =
            [
                .. _by.Select(d => d.Kind != DimensionKind.Time ? _base.Bind(d)
                    : steps.Count == 0 ? TimeSteps.Bind(d, first, period.To)
                    : new BoundDimension(d, [], [.. steps.Skip(1).Select(s => TimeSteps.Name(d.Name, s.From)), BoundDimension.None])),
            ],
            PeriodStarts = TimeSteps.Starts(_by, first, period.To),
            Customers = _conditions.Customers,
            Lines = _conditions.Lines,
            Days =
            [
                .. _conditions.Times.Select(t =>
                {
                    BoundDimension bound = TimeSteps.Bind(t.Dimension, first, period.To);
                    return new CodeFilter(bound.Codes, BoundConditions.Allowed(t.Condition, bound.Names));
                }),
            ],
        };
        var options = new SumOptions(_metric, perCustomer, MetricQuery.MostGroups);
        if (plan.Combinations == long.MaxValue)
        {
            throw GroupSums.TooMany(MetricQuery.MostGroups);
        }

        return (plan, _metric.LooksBack
            ? LookBackScan.Run(plan, period, before, steps, options, cancellation)
            : PeriodScan.Run(plan, options, cancellation));
    }

    /// <summary>The figure of a group.</summary>
    public double? Value(GroupSums.Cell cell)
    {
        if (_metric.IsConcentration)
        {
            return cell.Spread is { Count: > 0 } spread
                ? Rounded(Portfolio.Concentration.Compute(spread).TopDecileShare)
                : null;
        }

        double part = cell.Parts[(int)_metric.Part];
        return _metric.Over is not { } over ? Rounded(part)
            : cell.Parts[(int)over] is var under && under != 0 ? Rounded(part / under) : null;
    }

    /// <summary>The query in one line.</summary>
    public string Text(Period period, Period? against) => string.Join(
        " ", new[]
        {
            _metric.Name, _by.Length > 0 ? "by " + string.Join(", ", _by.Select(d => d.Name)) : "", $"in {period}",
            _conditions.Canonical.Count > 0 ? "where " + string.Join("; ", _conditions.Canonical) : "",
            against is { } other ? $"compared with {other}" : "",
        }.Where(t => t.Length > 0));

    private bool UsesRules => _conditions.AreOfCustomers || _by.Any(d => d.Kind == DimensionKind.Customer);

    private void Check()
    {
        TransactionColumns columns = _base.History.Columns;
        if (_metric.NeedsCost && columns.UnitCost is null)
        {
            throw new QueryRefusedException($"{_metric.Name} needs the column unit_cost, which the transactions have not.");
        }

        if (_metric.NeedsUnits && columns.Quantity is null)
        {
            throw new QueryRefusedException($"{_metric.Name} needs the column quantity, which the transactions have not.");
        }

        if (_metric.LooksBack && (_by.Any(d => d.Kind == DimensionKind.Line) || _conditions.Lines.Count > 0))
        {
            throw new QueryRefusedException(
                $"{_metric.Name} is about customers, and a customer can buy in several channels or categories; ask by what is of the "
                    + "customer, such as acquisition_channel, tier or rfm_segment.", ["acquisition_channel", "tier", "rfm_segment"]);
        }

        if (_metric.LooksBack && (_by.Count(d => d.Kind == DimensionKind.Time) > 1 || _by.Any(d => d.Name == "weekday")
            || _conditions.Times.Count > 0))
        {
            throw new QueryRefusedException(
                $"{_metric.Name} holds a period against the one before; ask by one of day, week, month, quarter or year.",
                ["month", "quarter", "year"]);
        }

        if (_metric.LooksBack && _query.From is null && !_by.Any(d => d.Kind == DimensionKind.Time))
        {
            throw new QueryRefusedException($"{_metric.Name} needs a period (from, to), or a dimension of time such as month.", ["month"]);
        }
    }

    private void AddNotes(Period period)
    {
        string[] today =
        [
            .. _by.Where(d => d.Kind == DimensionKind.Customer).Select(d => d.Name)
                .Union(_conditions.Canonical.Where(c => !IsOfLines(c)).Select(c => c.Name))
                .Where(n => !n.StartsWith("acquisition", StringComparison.Ordinal)),
        ];
        if (today.Length > 0)
        {
            _notes.Add($"{string.Join(", ", today)}: what customers are as of {_base.AsOf}, not what they were in the period.");
        }

        if (_metric.LooksBack && period.Before().From < _base.FirstDay)
        {
            _notes.Add("The period before is not whole in the data.");
        }

        string? step = _by.FirstOrDefault(d => d.Kind == DimensionKind.Time && TimeSteps.IsContiguous(d.Name))?.Name;
        if (step is not null
            && (TimeSteps.Of(step, period.From).From != period.From || TimeSteps.Of(step, period.To).To > period.To))
        {
            _notes.Add($"The first or the last {step} is not whole.");
        }
    }

    private bool IsOfLines(Condition condition) =>
        _base.Dimensions.FirstOrDefault(d => d.Name == condition.Name)?.Kind is DimensionKind.Line or DimensionKind.Time;

    private double? Rounded(double? value) =>
        value is { } v && double.IsFinite(v) ? QueryRunner.Round(v, _metric.Unit) : null;
}
