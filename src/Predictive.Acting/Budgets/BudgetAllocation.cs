namespace Predictive.Acting.Budgets;

/// <summary>Something money can be spent on: one contact, or one customer won.</summary>
/// <param name="Line">Index of its line.</param>
/// <param name="Cost">Above 0.</param>
/// <param name="Gain">What it brings, margin counted, before its cost.</param>
internal readonly record struct BudgetItem(int Line, double Cost, double Gain)
{
    public double Return => Gain / Cost;
}

/// <summary>What a budget buys.</summary>
/// <param name="Taken">Items per line.</param>
/// <param name="Spent">Money per line.</param>
/// <param name="Gained">What they bring per line.</param>
/// <param name="LastReturn">Return of the last item taken per line; NaN = none was.</param>
/// <param name="Shadow">What one more of the currency would bring, the shares of the sides being what they are; 0 = nothing.</param>
/// <param name="ShadowOfSides">What one more would bring that either side's share withholds: keeping, winning.</param>
internal sealed record BudgetAllocation(
    int[] Taken, double[] Spent, double[] Gained, double[] LastReturn, double Shadow, double[] ShadowOfSides)
{
    /// <summary>
    /// Greedy by return: the best item first, as long as it brings more than it costs and there is money. Items being small beside the
    /// budget, that is the optimum of the linear programme to within one item (Dantzig 1957).
    /// </summary>
    /// <param name="items">Those of a line in the order they have to be taken.</param>
    /// <param name="lines">Number of lines.</param>
    /// <param name="side">Side of each line: 0 = keeping, 1 = winning.</param>
    /// <param name="capacity">Items at most per line; null = no limit.</param>
    /// <param name="budget">Money.</param>
    /// <param name="most">Money at most per side.</param>
    /// <param name="contacts">Items of keeping at most, over all lines; null = no limit.</param>
    public static BudgetAllocation Of(
        IEnumerable<BudgetItem> items, int lines, int[] side, int?[] capacity, double budget, double[] most, int? contacts = null)
    {
        int room = contacts ?? int.MaxValue;
        int[] taken = new int[lines];
        double[] spent = new double[lines], gained = new double[lines], last = new double[lines], bySide = new double[2];
        double[] wanted = new double[2];
        double left = budget, shadow = 0;
        Array.Fill(last, double.NaN);
        // Sorting is stable: of one line the order stays.
        foreach (BudgetItem item in items.Where(i => i.Return > 1).OrderByDescending(i => i.Return))
        {
            int s = side[item.Line];
            if (taken[item.Line] >= (capacity[item.Line] ?? int.MaxValue) || s == 0 && room == 0)
            {
                continue;
            }

            bool fits = item.Cost <= left + 1e-9, fitsSide = bySide[s] + item.Cost <= most[s] + 1e-9;
            if (!fits || !fitsSide)
            {
                // What its side refuses has a price of the side, and what the whole refuses has one of the whole.
                shadow = fitsSide ? Math.Max(shadow, item.Return) : shadow;
                wanted[s] = fitsSide ? wanted[s] : Math.Max(wanted[s], item.Return);
                continue;
            }

            left -= item.Cost;
            room -= s == 0 ? 1 : 0;
            bySide[s] += item.Cost;
            taken[item.Line]++;
            spent[item.Line] += item.Cost;
            gained[item.Line] += item.Gain;
            last[item.Line] = item.Return;
        }

        // With the budget each side's share of it grows: that part of the next unit goes where the side wanted it.
        double price = shadow + wanted.Select((w, s) => most[s] / budget * Math.Max(0, w - shadow)).Sum();
        return new BudgetAllocation(taken, spent, gained, last, price, wanted);
    }
}
