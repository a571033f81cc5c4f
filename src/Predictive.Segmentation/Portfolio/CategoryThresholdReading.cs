using System.Numerics.Tensors;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <content>What is read of a history: who is looked at, the measures before the window, the purchases within it.</content>
public static partial class CategoryThreshold
{
    /// <summary>The customers of a history who had bought before the window.</summary>
    internal sealed class Reading
    {
        private readonly TransactionHistory _marked;
        private readonly LocalTime _from, _asOf;
        private readonly int[] _population;

        /// <param name="history">Some customers, or all.</param>
        /// <param name="asOf">End of the window.</param>
        /// <param name="windowDays">Its length.</param>
        /// <param name="names">Categories.</param>
        public Reading(TransactionHistory history, LocalTime asOf, int windowDays, int names)
        {
            (_asOf, _from) = (asOf, asOf.AddDays(-windowDays));
            _population = Population.At(history, _from);
            _marked = history.Columns.Kept is null ? ReturnMatching.Mark(history, asOf) : history;
            Measured = [.. Enumerable.Range(0, Measures).Select(_ => new double[_population.Length])];
            Firsts = new int[names];
            Read();
        }

        /// <summary>By measure, one value a customer; NaN = has none.</summary>
        public double[][] Measured { get; }

        /// <summary>First purchases of each category within the window.</summary>
        public int[] Firsts { get; }

        /// <summary>By customer, a bit for each category looked at: not bought before the window, bought within it.</summary>
        /// <param name="looked">At most <see cref="MostCategories"/>.</param>
        public (ulong Open, ulong Bought)[] Marks(int[] looked)
        {
            var bit = new ulong[Firsts.Length];
            ulong all = 0;
            for (int k = 0; k < looked.Length; k++)
            {
                all |= bit[looked[k]] = 1UL << k;
            }

            return BaseScan.Select(
                _marked, _population, _asOf, (_, lines) => (all & ~Of(lines.Before(_from)), Of(lines.Between(_from, _asOf))));

            ulong Of(CustomerLines lines)
            {
                ulong marks = 0;
                for (int l = 0; l < lines.Count; l++)
                {
                    marks |= Bought(lines, l) is >= 0 and int code ? bit[code] : 0;
                }

                return marks;
            }
        }

        private static int Bought(CustomerLines lines, int line) => lines.Kept[line] > 0 ? lines.Category[line] : -1;

        private void Read() => BaseScan.Count(
            _population.Length,
            () => (Seen: new int[Firsts.Length], Firsts: new int[Firsts.Length]),
            (first, end, own) =>
            {
                for (int i = first; i < end; i++)
                {
                    // A category is marked by the customer who bought it: 2 i + 1 before the window, 2 i + 2 first within it.
                    CustomerLines lines = _marked.Lines(_population[i]), before = lines.Before(_from),
                        during = lines.Between(_from, _asOf);
                    int distinct = 0;
                    for (int l = 0; l < before.Count; l++)
                    {
                        if (Bought(before, l) is >= 0 and int code && own.Seen[code] != (2 * i) + 1)
                        {
                            own.Seen[code] = (2 * i) + 1;
                            distinct++;
                        }
                    }

                    for (int l = 0; l < during.Count; l++)
                    {
                        if (Bought(during, l) is >= 0 and int code && own.Seen[code] != (2 * i) + 1 && own.Seen[code] != (2 * i) + 2)
                        {
                            own.Seen[code] = (2 * i) + 2;
                            own.Firsts[code]++;
                        }
                    }

                    PurchaseTimeline timeline = PurchaseTimeline.Read(before);
                    Measured[0][i] = timeline.OrderCount;
                    Measured[Spend][i] = timeline.Net;
                    Measured[2][i] = distinct;
                    Measured[3][i] = timeline.DayCount == 0 ? double.NaN : _from.Day - timeline.Days[^1];
                    Measured[4][i] = timeline.DayCount == 0 ? double.NaN : _from.Day - timeline.Days[0];
                }
            },
            own => TensorPrimitives.Add(Firsts, own.Firsts, Firsts));
    }
}
