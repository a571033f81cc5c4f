using Predictive.History;

namespace Predictive.Segmentation.Portfolio;

/// <content>What is counted of a history, customer by customer, on all cores.</content>
public static partial class Association
{
    /// <param name="marked">Returns are marked as of the same time.</param>
    /// <param name="asOf">Lines strictly before it count.</param>
    /// <param name="withinDays">Window of the sequences.</param>
    /// <param name="cancellation">Ends early.</param>
    internal sealed class Reading(TransactionHistory marked, LocalTime asOf, int withinDays, CancellationToken cancellation)
    {
        private readonly bool _products = marked.Columns.Product is not null;
        private readonly int _chunks = (marked.CustomerCount + BasketReader.Chunk - 1) / BasketReader.Chunk;

        private delegate void PerCustomer<T>(BasketReader reader, ref T own);

        private delegate void Merge<T>(ref T to, T from);

        /// <summary>Every item by code; null = the data name none.</summary>
        public string[]? Names => _products ? marked.Columns.Products : marked.Columns.Category is null ? null : marked.Columns.Categories;

        /// <summary>What the items are.</summary>
        public string Kind => _products ? "product" : "category";

        /// <summary>Orders with each item, and in all.</summary>
        public (int[] Support, int Orders) Supports() => Each(
            null, () => (Counts: new int[Names!.Length], Orders: 0),
            (BasketReader reader, ref (int[] Counts, int Orders) own) =>
            {
                foreach (var basket in reader.Baskets())
                {
                    own.Orders++;
                    foreach (int item in reader.ItemsOf(basket))
                    {
                        own.Counts[item]++;
                    }
                }
            },
            (ref (int[] Counts, int Orders) to, (int[] Counts, int Orders) from) =>
            {
                Add(to.Counts, from.Counts);
                to.Orders += from.Orders;
            });

        /// <summary>Counts over pairs of the items given, not closed.</summary>
        public PairCounts Pairs(int[] kept) => Each(
            IndexOf(kept), () => new PairCounts(kept.Length),
            (BasketReader reader, ref PairCounts own) => own.Count(reader, asOf.Day, withinDays),
            (ref PairCounts to, PairCounts from) => to.Add(from));

        /// <summary>Customers by pair (of the items given, by place) and by days between the first purchases of the two.</summary>
        public int[,] LagDays((int A, int B)[] pairs, int[] kept)
        {
            // Pairs by their first item, so that a customer's few items find theirs at once.
            var of = pairs.Select((r, i) => (r, i)).ToLookup(p => p.r.A, p => (p.r.B, p.i));
            var days = new int[pairs.Length, withinDays + 1];
            Each(
                IndexOf(kept), () => 0,
                (BasketReader r, ref int _) =>
                {
                    var first = r.FirstDays();
                    var at = new Dictionary<int, int>(first.Count);
                    foreach (var (item, day) in first)
                    {
                        at[item] = day;
                    }

                    foreach (var (a, day) in first)
                    {
                        if (day + withinDays > asOf.Day)
                        {
                            continue;
                        }

                        foreach (var (b, pair) in of[a])
                        {
                            if (at.TryGetValue(b, out int later) && later > day && later - day <= withinDays)
                            {
                                Interlocked.Increment(ref days[pair, later - day]);
                            }
                        }
                    }
                },
                (ref int _, int _) => { });
            return days;
        }

        private int[] IndexOf(int[] kept)
        {
            var index = new int[Names!.Length];
            Array.Fill(index, -1);
            for (int i = 0; i < kept.Length; i++)
            {
                index[kept[i]] = i;
            }

            return index;
        }

        /// <summary>Every customer on all cores: as many counters as cores, for they are large.</summary>
        private T Each<T>(int[]? index, Func<T> counter, PerCustomer<T> count, Merge<T> merge)
        {
            int next = -1;
            var counters = new T[Environment.ProcessorCount];
            Parallel.For(0, counters.Length, worker =>
            {
                var own = new BasketReader(marked, asOf, _products, index);
                T counts = counter();
                for (int chunk = Interlocked.Increment(ref next); chunk < _chunks; chunk = Interlocked.Increment(ref next))
                {
                    cancellation.ThrowIfCancellationRequested();
                    own.ForEach(chunk, r => count(r, ref counts));
                }

                counters[worker] = counts;
            });
            for (int w = 1; w < counters.Length; w++)
            {
                merge(ref counters[0], counters[w]);
            }

            return counters[0];
        }
    }
}
