using System.Globalization;
namespace Predictive.Learning.Lifetimes;

/// <summary>
/// What the lifetimes models are fitted on: per customer the repeat purchases x, the time t_x of the last one and the time T observed,
/// both counted from the first purchase. Validated once; sums over customers run on all cores in fixed chunks, so they do not depend on the
/// thread count.
/// </summary>
internal sealed class PurchaseSummaries
{
    private const int Chunk = 2048;

    public PurchaseSummaries(ReadOnlySpan<double> x, ReadOnlySpan<double> tx, ReadOnlySpan<double> observed, ReadOnlySpan<double> weights)
    {
        if (x.Length == 0 || tx.Length != x.Length || observed.Length != x.Length || (weights.Length != 0 && weights.Length != x.Length))
        {
            throw new LearningException(
                $"A lifetimes model was given {x.Length} purchase counts, {tx.Length} last times, {observed.Length} observed times and "
                    + $"{weights.Length} weights; expected equal counts, at least one (weights may be absent).");
        }

        double longest = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (!(x[i] >= 0 && x[i] == Math.Floor(x[i]) && x[i] < 1e7 && tx[i] >= 0 && tx[i] <= observed[i]
                && double.IsFinite(observed[i])))
            {
                throw new LearningException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Customer {i} has x = {x[i]}, t_x = {tx[i]}, T = {observed[i]}; expected a whole x ≥ 0 and 0 ≤ t_x ≤ T."));
            }

            longest = Math.Max(longest, observed[i]);
            MaxPurchases = Math.Max(MaxPurchases, (int)x[i]);
        }

        if (longest <= 0)
        {
            throw new LearningException(
                "Every customer was observed for no time at all (T = 0); a lifetimes model needs a time to pass after the first purchase.");
        }

        CheckWeights(weights);

        // Customers alike in all three count as one of their joint weight: on a calendar of few dates hundreds stand for thousands.
        var places = new Dictionary<(double, double, double), int>();
        List<double> distinctX = [], distinctTx = [], distinctT = [], joint = [];
        double time = 0, mass = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double w = weights.Length == 0 ? 1 : weights[i];
            (time, mass) = (time + (w * observed[i]), mass + w);
            if (places.TryAdd((x[i], tx[i], observed[i]), joint.Count))
            {
                distinctX.Add(x[i]);
                distinctTx.Add(tx[i]);
                distinctT.Add(observed[i]);
                joint.Add(w);
            }
            else
            {
                joint[places[(x[i], tx[i], observed[i])]] += w;
            }
        }

        (X, Tx, T, Weights, MeanT) = ([.. distinctX], [.. distinctTx], [.. distinctT], [.. joint], Math.Max(time / mass, 1e-9));
    }

    private PurchaseSummaries(PurchaseSummaries all, int stride)
    {
        double[] Every(double[] values) => [.. values.Where((_, i) => i % stride == 0)];
        (X, Tx, T, Weights, MeanT) = (Every(all.X), Every(all.Tx), Every(all.T), Every(all.Weights), all.MeanT);
        MaxPurchases = (int)X.Max();
    }

    /// <summary>
    /// The best optimum of an objective of these summaries (<see cref="CoarseToFine"/>), a sum over customers of log-parameters.
    /// </summary>
    public (double[] Point, double Value) Minimise(
        Func<PurchaseSummaries, QuasiNewton.Objective> objective, IEnumerable<double[]> starts, double bound)
    {
        int stride = CoarseToFine.Stride(X.Length);
        if (stride == 1)
        {
            return CoarseToFine.Minimise(objective(this), null, 1, starts, bound);
        }

        var part = new PurchaseSummaries(this, stride);
        return CoarseToFine.Minimise(objective(this), objective(part), part.Weights.Sum() / Weights.Sum(), starts, bound);
    }

    /// <summary>
    /// <see cref="QuasiNewton.StandardErrors"/> at the optimum, from as many kinds as <see cref="CoarseToFine.StrideForErrors"/> leaves.
    /// </summary>
    public double[] StandardErrors(Func<PurchaseSummaries, QuasiNewton.Objective> objective, double[] point)
    {
        int stride = CoarseToFine.StrideForErrors(X.Length);
        PurchaseSummaries part = stride == 1 ? this : new PurchaseSummaries(this, stride);
        double[] errors = QuasiNewton.StandardErrors(objective(part), point);
        double share = Math.Sqrt(part.Weights.Sum() / Weights.Sum());
        return Array.ConvertAll(errors, e => e * share);
    }

    /// <summary>Throws unless every weight is finite and not negative, and one is above 0; none at all is fine.</summary>
    public static void CheckWeights(ReadOnlySpan<double> weights)
    {
        double total = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0 && double.IsFinite(weights[i])))
            {
                throw new LearningException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"The weight of customer {i} is {weights[i]}; expected a finite number, 0 or more."));
            }

            total += weights[i];
        }

        if (total <= 0 && weights.Length > 0)
        {
            throw new LearningException("Every customer weighs 0; expected at least one weight above 0.");
        }
    }

    /// <summary>Repeat purchases of each distinct kind of customer.</summary>
    public double[] X { get; }

    public double[] Tx { get; }

    public double[] T { get; }

    /// <summary>How many customers are of that kind, or their joint weight.</summary>
    public double[] Weights { get; }

    /// <summary>Mean time observed, over customers.</summary>
    public double MeanT { get; }

    private int Count => X.Length;

    public int MaxPurchases { get; }

    /// <summary>Adds the log-likelihood and gradient of one kind of customer.</summary>
    public delegate double Term(int kind, Span<double> gradient);

    /// <summary>Weighted sum of the terms; the gradient likewise.</summary>
    public double Sum(Term term, Span<double> gradient)
    {
        int chunks = (Count + Chunk - 1) / Chunk, parameters = gradient.Length;
        var values = new double[chunks];
        var gradients = new double[chunks * parameters];
        Parallel.For(0, chunks, chunk =>
        {
            Span<double> own = stackalloc double[parameters];
            Span<double> sum = gradients.AsSpan(chunk * parameters, parameters);
            double value = 0;
            int end = Math.Min(Count, (chunk + 1) * Chunk);
            for (int i = chunk * Chunk; i < end; i++)
            {
                own.Clear();
                double w = Weights[i];
                value += w * term(i, own);
                for (int p = 0; p < parameters; p++)
                {
                    sum[p] += w * own[p];
                }
            }

            values[chunk] = value;
        });
        gradient.Clear();
        double total = 0;
        for (int c = 0; c < chunks; c++)
        {
            total += values[c];
            for (int p = 0; p < parameters; p++)
            {
                gradient[p] += gradients[(c * parameters) + p];
            }
        }

        return total;
    }

    /// <summary>ln Γ(r + x) − ln Γ(r) for x = 0 ... max, by cumulated logs.</summary>
    public double[] LogRising(double r)
    {
        var table = new double[MaxPurchases + 1];
        for (int x = 1; x <= MaxPurchases; x++)
        {
            table[x] = table[x - 1] + Math.Log(r + x - 1);
        }

        return table;
    }

    /// <summary>ψ(r + x) − ψ(r) for x = 0 ... max, by cumulated reciprocals.</summary>
    public double[] DigammaRising(double r)
    {
        var table = new double[MaxPurchases + 1];
        for (int x = 1; x <= MaxPurchases; x++)
        {
            table[x] = table[x - 1] + (1 / (r + x - 1));
        }

        return table;
    }
}
