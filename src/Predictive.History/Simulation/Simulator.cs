using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.History.Simulation;

/// <summary>
/// Makes customer bases whose truth is known: unequal purchase rates and regularity, dropout (sudden, or after a slow-down), an aged base,
/// growth, season, promotions, tastes, refunds and a few wholesalers. Equal options give equal bytes, whatever the number of threads; the
/// truth goes to <c>truth.parquet</c> and must never feed a model.
/// </summary>
public static class Simulator
{
    /// <summary>Makes a base in memory.</summary>
    /// <exception cref="ArgumentException">Options that make no sense.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static SimulatedBase Generate(SimulationOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var world = SimulatedWorld.Make(options);
        var made = new (SimulatedCustomer Customer, List<SimulatedLine> Lines)[options.Customers];
        Parallel.For(
            0, options.Customers, new ParallelOptions { CancellationToken = cancellation },
            i => made[i] = CustomerSimulation.Run(options, world, i));

        // Every customer has a stream of its own, ids ascend with the index and lines with time: joining is all that is left.
        int count = made.Sum(m => m.Lines.Count);
        int[] offsets = new int[made.Length + 1];
        long[] at = new long[count];
        double[] amount = new double[count];
        int[] order = new int[count], product = new int[count], category = new int[count], channel = new int[count];
        float[] quantity = new float[count], cost = new float[count], discount = new float[count];
        int next = 0, orders = 0;
        for (int c = 0; c < made.Length; c++)
        {
            var codes = new Dictionary<int, int>();
            foreach (var line in made[c].Lines)
            {
                if (!codes.TryGetValue(line.Order, out int code))
                {
                    codes[line.Order] = code = orders++;
                }

                (at[next], amount[next], order[next], product[next], category[next], channel[next]) =
                    (line.Micros, line.Amount, code, line.Product, line.Category, line.Channel);
                (quantity[next], cost[next], discount[next]) = (line.Quantity, line.UnitCost, line.Discount);
                next++;
            }

            offsets[c + 1] = next;
        }

        var columns = new TransactionColumns
        {
            CustomerIds = [.. made.Select(m => m.Customer.CustomerId)],
            Offsets = offsets,
            OrderedAt = at,
            Amount = amount,
            Order = order,
            Product = product,
            Products = world.Products,
            Category = category,
            Categories = world.Categories,
            Channel = channel,
            Channels = CustomerSimulation.Channels,
            Quantity = quantity,
            UnitCost = cost,
            Discount = discount,
        };
        string[] names = OrderNames(order, at, orders);

        // As the loader would give them: the ids are beside the history here.
        HistoryOrdering.Sort(LineOrder.Of(columns with { Orders = names }), offsets, Environment.ProcessorCount, cancellation);
        return new SimulatedBase(
            options, new TransactionHistory(columns, Described()), names,
            [.. made.Select(m => m.Customer)]);
    }

    private static DatasetDescription Described() => new()
    {
        Currency = "EUR",
        Names = new SortedDictionary<string, AttributeNames>(StringComparer.Ordinal)
        {
            ["acquired_by"] = new() { English = "acquired by", Chinese = "获客来源" },
            ["age_band"] = new() { English = "age", Chinese = "年龄段", Also = ["age group"] },
            ["region"] = new() { English = "region", Chinese = "地区", Also = ["area"] },
        },
    };

    /// <summary>
    /// Makes a base and writes <c>transactions.parquet</c> (in time order, as a ledger), <c>customers.parquet</c>, <c>truth.parquet</c> and
    /// <c>dataset.json</c> into a folder, which is made if need be. The transactions come last, so that a folder with them is whole.
    /// </summary>
    /// <exception cref="ArgumentException">Options that make no sense.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static SimulatedBase GenerateTo(string folder, SimulationOptions options, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var simulated = Generate(options, cancellation);
        SimulatedFiles.Write(folder, simulated);
        return simulated;
    }

    /// <summary>Order ids count up in time, as a shop's do.</summary>
    private static string[] OrderNames(int[] order, long[] at, int orders)
    {
        long[] first = new long[orders];
        Array.Fill(first, long.MaxValue);
        for (int i = 0; i < order.Length; i++)
        {
            first[order[i]] = Math.Min(first[order[i]], at[i]);
        }

        int[] byTime = [.. Enumerable.Range(0, orders).OrderBy(o => first[o])];
        string[] names = new string[orders];
        for (int i = 0; i < orders; i++)
        {
            names[byTime[i]] = string.Create(CultureInfo.InvariantCulture, $"O{i + 1:0000000}");
        }

        return names;
    }
}
