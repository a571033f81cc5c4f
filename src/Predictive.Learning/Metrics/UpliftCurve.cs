namespace Predictive.Learning.Metrics;

/// <summary>A ranking of the rows of a randomised trial, sorted once: its areas under any weights of the rows.</summary>
internal sealed class UpliftCurve
{
    private readonly int[] _order, _ends;
    private readonly bool[] _treated;
    private readonly double[] _outcome;

    public UpliftCurve(ReadOnlySpan<double> predictions, ReadOnlySpan<bool> treated, ReadOnlySpan<double> outcome)
    {
        Ranking.Check(predictions, treated.Length, "treatment flags");
        Ranking.Check(predictions, outcome.Length, "outcomes");
        Ranking.Check(outcome, outcome.Length, "outcomes");
        (_treated, _outcome) = (treated.ToArray(), outcome.ToArray());
        int treatedRows = _treated.Count(t => t);
        if (treatedRows == 0 || treatedRows == _treated.Length)
        {
            throw new ArgumentException(
                $"Uplift needs treated and untreated rows; found {treatedRows} treated and {_treated.Length - treatedRows} untreated.");
        }

        _order = Ranking.Descending(predictions);
        var ends = new List<int>();
        for (int start = 0; start < _order.Length; start = ends[^1])
        {
            ends.Add(Ranking.EndOfTies(predictions, _order, start));
        }

        _ends = [.. ends];
    }

    /// <summary>Qini coefficient and area under the uplift curve; NaN where a side has no weight.</summary>
    /// <param name="weights">One per row; empty = 1 each.</param>
    public (double Qini, double Auuc) Areas(ReadOnlySpan<double> weights = default)
    {
        double total = 0, allTreated = 0;
        for (int i = 0; i < _order.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            total += w;
            allTreated += _treated[i] ? w : 0;
        }

        if (allTreated <= 0 || allTreated >= total)
        {
            return (double.NaN, double.NaN);
        }

        double yt = 0, yc = 0, nt = 0, nc = 0, qini = 0, auuc = 0, lastQini = 0, lastAuuc = 0;
        int at = 0;
        foreach (int end in _ends)
        {
            double before = nt + nc;
            for (; at < end; at++)
            {
                int i = _order[at];
                double w = weights.IsEmpty ? 1 : weights[i];
                if (_treated[i])
                {
                    (yt, nt) = (yt + (w * _outcome[i]), nt + w);
                }
                else
                {
                    (yc, nc) = (yc + (w * _outcome[i]), nc + w);
                }
            }

            double step = (nt + nc - before) / total;
            double nowQini = (yt - (nc > 0 ? yc * nt / nc : 0)) / allTreated;
            double nowAuuc = ((nt > 0 ? yt / nt : 0) - (nc > 0 ? yc / nc : 0)) * (nt + nc) / total;
            qini += (lastQini + nowQini) / 2 * step;
            auuc += (lastAuuc + nowAuuc) / 2 * step;
            (lastQini, lastAuuc) = (nowQini, nowAuuc);
        }

        return (qini - (lastQini / 2), auuc);
    }
}
