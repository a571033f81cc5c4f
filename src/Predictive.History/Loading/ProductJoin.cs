using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <summary>
/// Joins the products table of a dataset to its lines: the category of each line's product where the transactions have no category column
/// of their own, and the names that answers show beside a product's id.
/// </summary>
/// <param name="Names">Name by product id; empty where the table has none.</param>
/// <param name="Categories">Category by product id; empty where the table has none.</param>
internal sealed record ProductJoin(IReadOnlyDictionary<string, string> Names, IReadOnlyDictionary<string, string> Categories)
{
    /// <summary>Reads the products table; null where the dataset has none.</summary>
    /// <exception cref="DatasetException">It cannot be used, or names a product twice.</exception>
    public static ProductJoin? Of(DatasetFolder folder, CancellationToken cancellation)
    {
        if (folder.Products is not { } path)
        {
            return null;
        }

        string table = Path.GetFileName(path);
        try
        {
            using ParquetTable files = ParquetTable.Open(path);
            NameColumn id = NameColumn.Find(files, "product_id")
                ?? throw DatasetFaults.MissingColumn(table, "product_id", "product_id", [.. files.ColumnNames]).Refuse();
            NameColumn?[] columns = [id, NameColumn.Find(files, "name"), NameColumn.Find(files, "category")];
            var texts = new List<string>();
            NameCodes[] readers =
            [
                .. columns.Select(_ => new NameCodes(text =>
                {
                    texts.Add(text);
                    return texts.Count - 1;
                })),
            ];
            var names = new Dictionary<string, string>(StringComparer.Ordinal);
            var categories = new Dictionary<string, string>(StringComparer.Ordinal);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var twice = new Tally(5);
            int[][] codes = [.. columns.Select(_ => new int[SideTable.Batch])];
            foreach (TablePart part in files.Parts)
            {
                part.Read(
                    SideTable.Batch,
                    rows =>
                    {
                        for (int c = 0; c < columns.Length; c++)
                        {
                            if (columns[c] is { } column)
                            {
                                readers[c].Open(rows, column);
                            }
                        }
                    },
                    (_, n) =>
                    {
                        for (int c = 0; c < columns.Length; c++)
                        {
                            codes[c].AsSpan(0, n).Fill(-1);
                            if (columns[c] is not null)
                            {
                                readers[c].Read(codes[c].AsSpan(0, n));
                            }
                        }

                        for (int i = 0; i < n; i++)
                        {
                            if (codes[0][i] < 0)
                            {
                                continue;
                            }

                            string product = texts[codes[0][i]];
                            if (!seen.Add(product))
                            {
                                twice.Add(product, static p => p);
                            }

                            Put(names, product, codes[1][i]);
                            Put(categories, product, codes[2][i]);
                        }
                    },
                    cancellation);
            }

            return twice.Count == 0 ? new ProductJoin(names, categories)
                : throw DatasetFaults.ProductTwice(table, twice.Count, twice.Examples).Refuse();

            void Put(Dictionary<string, string> to, string product, int code)
            {
                if (code >= 0)
                {
                    to[product] = texts[code];
                }
            }
        }
        catch (Exception e) when (e is not DatasetException && TransactionSource.Translate(e, path) is { } refused)
        {
            throw refused;
        }
    }

    /// <summary>The history with names, and with categories where it has none; the same object where it names no products.</summary>
    /// <param name="history">Any history of the dataset.</param>
    /// <param name="asked">The columns that were asked for.</param>
    public TransactionHistory To(TransactionHistory history, HistoryColumns asked)
    {
        TransactionColumns columns = history.Columns;
        if (columns is not { Product: { } product, Products: { } products })
        {
            return history;
        }

        columns = columns with { ProductNames = Names };
        if (Categories.Count > 0 && columns.Category is null && asked.HasFlag(HistoryColumns.Category))
        {
            string[] names =
                [.. products.Select(p => Categories.GetValueOrDefault(p)).OfType<string>().Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)];
            int[] codes =
            [
                .. products.Select(
                    p => Categories.TryGetValue(p, out string? name) ? Array.BinarySearch(names, name, StringComparer.Ordinal) : -1),
            ];
            columns = columns with
            {
                Category = Array.ConvertAll(product, p => p < 0 ? -1 : codes[p]), Categories = names, ProductCategories = Categories,
            };
        }

        return new TransactionHistory(columns, history.Description, history.Tables) { Accounts = history.Accounts };
    }
}
