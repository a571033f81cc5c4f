using System.Globalization;

namespace Predictive.History.Import;

/// <summary>Finds the columns of a file nobody described: by their names in five languages, held against what stands in them.</summary>
internal sealed class ColumnFinder(ColumnSample sample)
{
    private const int Exact = 900;

    // No revenue whatever their name ends with.
    private static readonly string[] s_noAmount =
        [
            "tax", "vat", "shipping", "freight", "fee", "refund", "discount", "tip", "balance", "cost", "fracht", "versand", "steuer",
            "mwst", "rabatt", "tva", "livraison", "frais", "iva", "envio", "运费", "税", "优惠", "退款",
        ];

    private readonly Dictionary<string, int> _found = new(StringComparer.Ordinal);
    private readonly List<MappingDoubt> _doubts = [];
    private readonly List<string> _notes = [];

    /// <summary>What is unsure and must be decided.</summary>
    public IReadOnlyList<MappingDoubt> Doubts => _doubts;

    /// <summary>What was decided by less than a name.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The options with every column found; what they name already stays.</summary>
    public ImportOptions Complete(ImportOptions options)
    {
        Named(options);
        ImportOptions found = options with
        {
            CustomerColumn = options.CustomerColumn ?? Customer(),
            TimeColumn = options.TimeColumn ?? Time(),
        };
        found = found with
        {
            OrderColumn = options.OrderColumn ?? Column("order_id"),
            ProductColumn = options.ProductColumn ?? Column("product_id"),
            CategoryColumn = options.CategoryColumn ?? Column("category"),
            ChannelColumn = options.ChannelColumn ?? Column("channel"),
            UnitCostColumn = options.UnitCostColumn ?? Column("unit_cost"),
            DiscountColumn = options.DiscountColumn ?? Column("discount"),
            CurrencyColumn =
                options.CurrencyColumn ?? (options.Currency is null || options.RatesFile is not null ? Column("currency") : null),
        };
        return Status(Money(found));
    }

    /// <summary>
    /// The currency column of a file whose other columns are named: without it several currencies would be summed unseen.
    /// </summary>
    public static string? Currency(ColumnSample sample)
    {
        for (int c = 0; c < sample.Header.Length; c++)
        {
            if (ColumnNames.Score("currency", sample.Header[c]) >= Exact && IsCurrency(sample, c))
            {
                return sample.Header[c];
            }
        }

        return null;
    }

    /// <summary>
    /// What is told where all columns are named and a status column that says "cancelled" is not among them; null = nothing.
    /// </summary>
    public static string? UnusedStatus(ColumnSample sample, ImportOptions options)
    {
        int c = Array.FindIndex(sample.Header, h => ColumnNames.Score("status", h) >= Exact);
        if (c < 0 || options.Filters.Any(f => f.Meaning == "status") || sample.Kinds(c) is not { } kinds
            || !kinds.Any(k => ColumnNames.IsVoid(k.Value)))
        {
            return null;
        }

        string all = string.Join(", ", kinds.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Value} ({k.Count:N0})")));
        return $"'{sample.Header[c]}' holds {all} and is not used: every row counts. --status '{sample.Header[c]}' --count-status says "
            + "which do";
    }

    /// <summary>Greedy: the best pair of name and column first, each meaning and each column once.</summary>
    private void Named(ImportOptions options)
    {
        HashSet<string> taken = [.. CsvColumns.Wanted(options).Select(w => w.Source)];
        var pairs = new List<(int Score, string Meaning, int Column)>();
        for (int c = 0; c < sample.Header.Length; c++)
        {
            foreach (string meaning in ColumnNames.Meanings)
            {
                int score = taken.Contains(sample.Header[c]) ? 0 : ColumnNames.Score(meaning, sample.Header[c]);
                if (score > 0 && Fits(meaning, c, score))
                {
                    pairs.Add((score, meaning, c));
                }
            }
        }

        if (Initials() is { Length: > 0 } initials)
        {
            pairs.AddRange(initials.Where(i => Fits(i.Meaning, i.Column, 1)).Select(i => (1, i.Meaning, i.Column)));
        }

        foreach (var (score, meaning, column) in pairs.OrderByDescending(p => p.Score).ThenBy(p => p.Column))
        {
            if (!_found.ContainsKey(meaning) && !_found.ContainsValue(column))
            {
                int[] rivals =
                [
                    .. pairs.Where(p => p.Meaning == meaning && p.Score == score && p.Column != column && !_found.ContainsValue(p.Column))
                        .Select(p => p.Column),
                ];
                if (meaning == "customer_id" && rivals.Length > 0 && !Array.TrueForAll(rivals, r => sample.AreOneToOne(column, r)))
                {
                    Doubt("Which column is the customer?", "--customer", [column, .. rivals], (o, c) => o with { CustomerColumn = c });
                }

                _found[meaning] = column;
                if (score == 1)
                {
                    _notes.Add($"'{sample.Header[column]}' was taken as {meaning} by its initial");
                }
            }
        }
    }

    /// <summary>Columns named c, t (or d) and a: initials mean something only where all three are there.</summary>
    private (string Meaning, int Column)[] Initials()
    {
        int At(string name) => Array.FindIndex(sample.Header, h => h.Equals(name, StringComparison.OrdinalIgnoreCase));
        (int customer, int time, int amount) = (At("c"), At("t") is >= 0 and var t ? t : At("d"), At("a"));
        return customer < 0 || time < 0 || amount < 0 ? [] : [("customer_id", customer), ("ordered_at", time), ("amount", amount)];
    }

    private bool Fits(string meaning, int c, int score) => meaning switch
    {
        "ordered_at" => sample.Times(c) >= .5,
        "amount" =>
            sample.Numbers(c) >= .5
                && (score >= Exact
                    || !Array.Exists(s_noAmount, n => ColumnNames.Normalise(sample.Header[c]).Contains(n, StringComparison.Ordinal))),
        "quantity" or "unit_price" or "unit_cost" or "discount" => sample.Numbers(c) >= .5,
        "currency" => score >= Exact && IsCurrency(sample, c),
        "status" => score >= Exact && sample.Kinds(c) is not null && sample.Numbers(c) < .5,
        "customer_id" => sample.Times(c) < .5 && sample.Fractions(c) < .5,
        _ => (score >= Exact || meaning is "order_id" or "product_id") && sample.Times(c) < .5 && sample.Fractions(c) < .5,
    };

    private static bool IsCurrency(ColumnSample sample, int c) =>
        sample.Values(c).Any() && sample.Values(c).All(v => v.Length <= 4 && !v.Any(char.IsAsciiDigit));

    private string? Column(string meaning) => _found.TryGetValue(meaning, out int c) ? sample.Header[c] : null;

    private string? Customer()
    {
        if (Column("customer_id") is { } named)
        {
            return named;
        }

        int[] left = [.. Left().Where(c => sample.Times(c) < .5 && sample.Fractions(c) < .2 && sample.Values(c).Any())];
        if (left.Length == 2 && Array.FindAll(left, c => sample.Numbers(c) < .5) is [var text])
        {
            // The other is a number, and so the money.
            left = [text];
        }

        return ByContent("customer_id", "Which column is the customer?", "--customer", left, (o, c) => o with { CustomerColumn = c });
    }

    private string? Time()
    {
        if (Column("ordered_at") is { } named)
        {
            return named;
        }

        int[] left = [.. Left().Where(c => sample.Times(c) >= .9)], serials = [.. Left().Where(sample.LooksLikeExcelDays)];
        if (left.Length == 0 && serials.Length > 0)
        {
            string[] names = [.. serials.Select(c => sample.Header[c])];
            _doubts.Add(new MappingDoubt(
                $"Which column is the time of the order? Of {string.Join(", ", names.Select(n => $"'{n}'"))} every value may be a day as "
                    + "Excel counts them.",
                string.Join(" or ", names.Select(n => $"--time '{n}' --time-format excel")),
                [
                    .. names.Select(n => new MappingChoice(
                        $"{n}, as Excel counts days", o => o with { TimeColumn = n, TimeFormat = "excel" })),
                ]));

            // Not the money, then: one question about a column is enough.
            _found["ordered_at"] = serials[0];
            return null;
        }

        return ByContent("ordered_at", "Which column is the time of the order?", "--time", left, (o, c) => o with { TimeColumn = c });
    }

    /// <summary>The amount; or quantity × price; or, where the file has no money, one a row.</summary>
    private ImportOptions Money(ImportOptions options)
    {
        if (options.AmountColumn is not null || options.UnitPriceColumn is not null)
        {
            return options with { QuantityColumn = options.QuantityColumn ?? Column("quantity") };
        }

        string? quantity = options.QuantityColumn ?? Column("quantity"), price = Column("unit_price"), amount = Column("amount");
        ImportOptions byPrice = options with { QuantityColumn = quantity, UnitPriceColumn = price },
            byAmount = options with { AmountColumn = amount, QuantityColumn = quantity };
        if (amount is not null && options.OrderColumn is not null && Repeats(amount, options.OrderColumn))
        {
            string what = $"'{amount}' is the same on every line of an order, so it is the order's total and would count once per line";
            if (price is not null && quantity is not null)
            {
                _notes.Add($"{what}; '{quantity}' × '{price}' was taken instead");
                return byPrice;
            }

            _doubts.Add(new MappingDoubt(
                $"{what}.", $"--amount COL with the line's own amount; or --amount '{amount}' if every line did bring that much",
                [
                    new MappingChoice(
                        $"take '{amount}' for each line all the same", o => o with { AmountColumn = amount, QuantityColumn = quantity }),
                ]));
            return byAmount;
        }

        if (amount is not null)
        {
            return byAmount;
        }

        if (price is not null && quantity is not null)
        {
            bool plain = ColumnNames.Normalise(price) is "price" or "prix" or "preis" or "precio" or "价格" or "listprice" or "itemprice"
                or "saleprice" or "sellingprice";
            bool? unit = plain ? IsUnitPrice(price, quantity, options.ProductColumn) : true;
            if (unit is null)
            {
                _doubts.Add(new MappingDoubt(
                    $"Is '{price}' the price of one unit, or of the line?",
                    $"--quantity '{quantity}' --unit-price '{price}' (of one unit), or --amount '{price}' (of the line)",
                    [
                        new MappingChoice(
                            "of one unit", o => o with { AmountColumn = null, QuantityColumn = quantity, UnitPriceColumn = price }),
                        new MappingChoice(
                            "of the line", o => o with { AmountColumn = price, QuantityColumn = quantity, UnitPriceColumn = null }),
                    ]));
            }

            if (unit == false)
            {
                _notes.Add($"'{price}' grows with '{quantity}' for the same product: it was taken for the line's amount, not a unit's");
                return options with { AmountColumn = price, QuantityColumn = quantity };
            }

            return byPrice;
        }

        if (price is not null)
        {
            return options with { AmountColumn = price };
        }

        int[] left =
        [
            .. Left().Where(c => sample.Header[c] != options.CustomerColumn && sample.Header[c] != options.TimeColumn
                && sample.Numbers(c) >= .5 && sample.Times(c) < .5),
        ];
        if (left.Length == 0)
        {
            _notes.Add("no column holds money: each row counts 1");
            return options with { QuantityColumn = quantity };
        }

        int[] fractions = [.. left.Where(c => sample.Fractions(c) >= .2)];
        string? found = ByContent(
            "amount", "Which column is the money of the line?", "--amount", fractions.Length == 1 ? fractions : left,
            (o, c) => o with { AmountColumn = c });
        return options with { AmountColumn = found, QuantityColumn = quantity };
    }

    /// <summary>Rows whose status says that no money came in are not counted in silence.</summary>
    private ImportOptions Status(ImportOptions options)
    {
        if (options.Filters.Any(f => f.Meaning == "status") || !_found.TryGetValue("status", out int c))
        {
            return options;
        }

        var kinds = sample.Kinds(c)!;
        string column = sample.Header[c];
        string[] counts = [.. kinds.Where(k => !ColumnNames.IsVoid(k.Value)).Select(k => k.Value)];
        string all = string.Join(", ", kinds.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Value} ({k.Count:N0})")));
        if (counts.Length == kinds.Count)
        {
            _notes.Add($"'{column}' holds {all}: all count");
            return options;
        }

        _doubts.Add(new MappingDoubt(
            $"'{column}' says which orders count: {all}.",
            $"--status '{column}' --count-status '{string.Join(',', counts.Length > 0 ? counts : kinds.Select(k => k.Value))}'",
            [
                new MappingChoice(
                    $"count {string.Join(", ", counts)}",
                    o => o with { Filters = [.. o.Filters, new ImportFilter(column, counts, true, "status")] }),
                new MappingChoice("count every row", o => o),
            ]));
        return options;
    }

    private string? ByContent(
        string meaning, string question, string flag, int[] candidates, Func<ImportOptions, string, ImportOptions> choose)
    {
        if (candidates.Length == 1)
        {
            _found[meaning] = candidates[0];
            _notes.Add($"'{sample.Header[candidates[0]]}' was taken as {meaning} by what stands in it: no other column can be");
            return sample.Header[candidates[0]];
        }

        Doubt(question, flag, candidates, choose);
        return null;
    }

    private void Doubt(string question, string flag, int[] columns, Func<ImportOptions, string, ImportOptions> choose)
    {
        string[] names =
        [.. (columns.Length == 0 ? [.. Enumerable.Range(0, sample.Header.Length)] : columns).Select(c => sample.Header[c])];
        _doubts.Add(new MappingDoubt(
            columns.Length == 0 ? $"{question} No column looks like it." : question,
            string.Join(" or ", names.Take(6).Select(n => $"{flag} '{n}'")),
            [
                .. names.Select(
                    n => new MappingChoice(
                        $"{n} (such as {string.Join(", ", sample.Values(Array.IndexOf(sample.Header, n)).Distinct().Take(3))})",
                        o => choose(o, n))),
            ]));
    }

    private IEnumerable<int> Left() => Enumerable.Range(0, sample.Header.Length).Where(c => !_found.ContainsValue(c));

    private bool Repeats(string amount, string order)
    {
        (int a, int o) = (Array.IndexOf(sample.Header, amount), Array.IndexOf(sample.Header, order));
        var orders = sample.Rows.Where(r => r[o].Length > 0).GroupBy(r => r[o]).Where(g => g.Count() > 1).ToList();
        int same = orders.Count(g => g.Select(r => r[a]).Distinct().Count() == 1);
        return orders.Count >= 5 && same >= orders.Count * .95 && orders.Select(g => g.First()[a]).Distinct().Count() * 2 > orders.Count;
    }

    /// <summary>Whether a price stays when the same product is bought in other quantities; null = the sample does not tell.</summary>
    private bool? IsUnitPrice(string price, string quantity, string? product)
    {
        var numbers = new CsvNumbers(false, CsvEncoding.Utf8, lax: true);
        double? Number(string text) => numbers.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out ExactNumber n) ? n.ToDouble() : null;
        (int p, int q, int i) = (
            Array.IndexOf(sample.Header, price), Array.IndexOf(sample.Header, quantity),
            product is null ? -1 : Array.IndexOf(sample.Header, product));
        var rows = sample.Rows.Select(r => (Price: Number(r[p]), Quantity: Number(r[q]), Product: i < 0 ? "" : r[i]))
            .Where(r => r.Price > 0 && r.Quantity > 0).ToList();
        if (rows.TrueForAll(r => r.Quantity == 1))
        {
            return true;
        }

        int stays = 0, grows = 0;
        foreach (var group in i < 0 ? [] : rows.GroupBy(r => r.Product))
        {
            var first = group.First();
            foreach (var other in group.Where(r => r.Quantity != first.Quantity))
            {
                stays += other.Price == first.Price ? 1 : 0;
                grows +=
                    Math.Abs((other.Price!.Value / other.Quantity!.Value) - (first.Price!.Value / first.Quantity!.Value)) < .011 ? 1 : 0;
            }
        }

        return stays > grows * 3 && stays > 0 ? true : grows > stays * 3 && grows > 0 ? false : null;
    }
}
