using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Sources;
using Predictive.Tests;

namespace Predictive.History.Tests.Loading;

public sealed class AccountLevelTests : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static readonly LoadOptions s_accounts = new() { Level = CustomerLevel.Account };
    private readonly string _folder = Directory.CreateTempSubdirectory("accounts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Accounts_are_what_a_dataset_of_replaced_ids_is_bit_for_bit(bool numbers, bool mapFile)
    {
        for (int seed = 1; seed <= 8; seed++)
        {
            var shop = new Shop(seed, numbers, mapFile);
            string people = Path.Combine(_folder, $"people-{seed}"), replaced = Path.Combine(_folder, $"replaced-{seed}");
            shop.WritePeople(people);
            shop.WriteReplaced(replaced);
            Assert.Equal(Text(DatasetLoader.Load(replaced)), Text(DatasetLoader.Load(people, s_accounts)));
            var parts = new LoadOptions { MemoryBytes = 1, Level = CustomerLevel.Account };
            Assert.Equal(
                DatasetLoader.LoadInParts(replaced, parts with { Level = null }).Select(Text),
                DatasetLoader.LoadInParts(people, parts).Select(Text));
            var check = new CheckOptions { MinimumCustomers = 1, MinimumHistoryDays = 1 };
            CheckReport ours = DatasetCheck.Run(people, check with { Level = CustomerLevel.Account }),
                theirs = DatasetCheck.Run(replaced, check);
            Assert.Equal((theirs.Customers, theirs.Lines), (ours.Customers, ours.Lines));

            // What dataset.json says holds where no level is asked for.
            File.WriteAllText(Path.Combine(people, "dataset.json"), """{ "level": "account", "accountSums": ["booked"] }""");
            Assert.Equal(Text(DatasetLoader.Load(replaced)), Text(DatasetLoader.Load(people)));
            Assert.NotEqual(
                Text(DatasetLoader.Load(replaced)), Text(DatasetLoader.Load(people, new LoadOptions { Level = CustomerLevel.Person })));
        }
    }

    [Fact]
    public void People_of_an_account_are_told_with_their_share()
    {
        SmallDataset.Write(
            _folder,
            [
                new("anna", "2024-01-01", 30, "1"), new("anna", "2024-01-05", -10, "1"), new("bert", "2024-01-02", 60, "2"),
                new("bert", "2024-01-02", 20, "3"), new("carl", "2024-01-03", 7, "4"), new("bert", "2024-02-01", 99, "5"),
            ]);
        Map(("anna", "ACME", null), ("bert", "ACME Paris", null), ("dora", "ACME", null), (null, "ACME Paris", "ACME"));
        TransactionHistory history = DatasetLoader.Load(_folder, s_accounts);
        Assert.Equal(["ACME", "carl"], history.Columns.CustomerIds);
        var people = AccountPeople.Load(_folder, history.Accounts!);
        Assert.True(LocalTime.TryParse("2024-02-01", TimeZoneInfo.Utc, out LocalTime asOf));
        Assert.Equal(
            [("bert", 2, 80.0, 0.8), ("anna", 1, 20.0, 0.2), ("dora", 0, 0.0, 0.0)],
            people.Of("ACME", asOf).Select(p => (p.CustomerId, p.Orders, p.Net, p.Share!.Value)));
        Assert.Equal("2024-01-02", people.Of("ACME", asOf)[0].LastOrder.ToString()![..10]);
        Assert.Equal(["carl"], people.Of("carl", asOf).Select(p => p.CustomerId));
        Assert.Empty(people.Of("nobody", asOf));
    }

    [Fact]
    public void Who_was_erased_is_in_no_account()
    {
        SmallDataset.Write(_folder, [new("anna", "2024-01-01", 30), new("bert", "2024-01-02", 60)]);
        Map(("anna", "ACME", null), ("bert", "ACME", null));
        Erasures.Add(_folder, ["bert"]);
        Assert.Equal([30.0], DatasetLoader.Load(_folder, s_accounts).Columns.Amount);
    }

    [Fact]
    public void What_is_doubtful_is_refused_with_what_to_do()
    {
        SmallDataset.Write(_folder, [new("anna", "2024-01-01", 30), new("bert", "2024-01-02", 60)]);
        Refused("no-accounts", "account-map.parquet");
        Map(("anna", "ACME", null), ("anna", "Bolt", null));
        Refused("account-conflict", "anna: ACME and Bolt");
        Map(("anna", "ACME", "Bolt"), (null, "Bolt", "ACME"));
        Refused("account-circle", "below itself");
        Map(("anna", null, "Bolt"));
        Refused("account-gap", "no account_id");
        Map(("anna", "bert", null));
        Refused("account-id-taken", "customer_id = bert, account_id = bert");
        Map(("anna", "bert", null), ("bert", "bert", null));
        Assert.Equal(90, DatasetLoader.Load(_folder, s_accounts).Columns.Amount.Sum());
        Write(
            "customers.parquet", [ParquetField.String("customer_id"), ParquetField.String("account_id")],
            (string?[])["anna"], (string?[])["ACME"]);
        Refused("accounts-twice", "expected one place");
        File.WriteAllText(Path.Combine(_folder, "dataset.json"), """{ "level": "accounts" }""");
        Assert.Contains("expected person or account", Assert.Throws<DatasetException>(() => DatasetLoader.Load(_folder)).Message);
    }

    private void Refused(string code, string says)
    {
        DatasetException refused = Assert.Throws<DatasetException>(() => DatasetLoader.Load(_folder, s_accounts));
        Assert.Equal(code, refused.Findings[0].Code);
        Assert.Contains(says, refused.Message);
        Assert.Contains(DatasetCheck.Run(_folder, new CheckOptions { Level = CustomerLevel.Account }).Findings, f => f.Code == code);
        Assert.Equal(2, DatasetLoader.Load(_folder).CustomerCount);
    }

    private void Map(params (string? Person, string? Account, string? Parent)[] rows) => Write(
        "account-map.parquet",
        [
            ParquetField.String("customer_id", true), ParquetField.String("account_id", true),
            ParquetField.String("parent_account_id", true),
        ],
        (string?[])[.. rows.Select(r => r.Person)], (string?[])[.. rows.Select(r => r.Account)],
        (string?[])[.. rows.Select(r => r.Parent)]);

    private void Write(string name, ParquetField[] fields, params ColumnValues[] columns)
    {
        using var writer = ParquetWriter.Create(Path.Combine(_folder, name), fields);
        writer.WriteRowGroup(columns);
        writer.Complete();
    }

    private static string Text(TransactionHistory history) => JsonSerializer.Serialize(
        new
        {
            history.Columns, history.Tables?.Attributes, history.Tables?.Events, Prospects = history.Tables?.Prospects?.Order(),
            Theirs = history.Tables?.ProspectHistory?.Value.Tables?.Attributes,
        },
        s_json);

    /// <summary>A made-up shop of organisations, written by person or with ids replaced.</summary>
    private sealed class Shop
    {
        private readonly bool _numbers, _mapFile;
        private readonly Random _random;
        private readonly int[] _account = new int[60], _parent = new int[12];

        private readonly List<(int Person, int Minute, int Cents, int Order, string Product)> _lines = [];
        private readonly List<(int Person, int Minute, string Kind, double Value)> _events = [];
        private readonly (float Booked, float Age, string? Region)[] _said = new (float, float, string?)[70];

        public Shop(int seed, bool numbers, bool mapFile)
        {
            (_numbers, _mapFile, _random) = (numbers, mapFile, new Random(seed));
            for (int a = 0; a < _parent.Length; a++)
            {
                _parent[a] = mapFile && a > 0 && _random.Next(3) == 0 ? _random.Next(a) : -1;
            }

            for (int p = 0; p < _account.Length; p++)
            {
                _account[p] = _random.Next(4) == 0 ? -1 : _random.Next(_parent.Length);
            }

            for (int i = 0; i < 400; i++)
            {
                _lines.Add((
                    _random.Next(50), _random.Next(300_000), _random.Next(10) == 0 ? -_random.Next(5_000) : _random.Next(9_000),
                    _random.Next(150), $"p{_random.Next(9)}"));
            }

            for (int i = 0; i < 150; i++)
            {
                _events.Add((_random.Next(60), _random.Next(300_000), _random.Next(2) == 0 ? "visit" : "nps", _random.Next(10)));
            }

            for (int p = 0; p < 60; p++)
            {
                _said[p] = (
                    _random.Next(5) == 0 ? float.NaN : _random.Next(100), _random.Next(5) == 0 ? float.NaN : 20 + _random.Next(600) / 10f,
                    _random.Next(4) == 0 ? null : $"r{_random.Next(4)}");
            }
        }

        public void WritePeople(string folder)
        {
            Directory.CreateDirectory(folder);
            Lines(folder, p => Id(p));
            int[] shuffled = [.. Enumerable.Range(0, 60)];
            _random.Shuffle(shuffled);
            var fields = new List<ParquetField> { Name("customer_id"), Float("booked"), Float("age"), Text("region") };
            var columns = new List<ColumnValues>
            {
                Ids(shuffled.Select(p => (string?)Id(p))), ColumnValues.FromNaN(shuffled.Select(p => (double)_said[p].Booked).ToArray()),
                ColumnValues.FromNaN(shuffled.Select(p => (double)_said[p].Age).ToArray()),
                (string?[])[.. shuffled.Select(p => _said[p].Region)],
            };
            if (!_mapFile)
            {
                fields.Add(Name("account_id"));
                columns.Add(Ids(shuffled.Select(p => _account[p] < 0 ? null : AccountId(_account[p]))));
            }

            Write(Path.Combine(folder, "customers.parquet"), fields, columns);
            if (_mapFile)
            {
                var rows = shuffled.Where(p => _account[p] >= 0).Select(p => ((string?)Id(p), AccountId(_account[p]), (string?)null))
                    .Concat(
                        Enumerable.Range(0, 12).Where(a => _parent[a] >= 0).Select(a => ((string?)null, AccountId(a),
                            (string?)AccountId(_parent[a]))))
                    .ToArray();
                Write(
                    Path.Combine(folder, "account-map.parquet"), [Name("customer_id"), Name("account_id"), Name("parent_account_id")],
                    [Ids(rows.Select(r => r.Item1)), Ids(rows.Select(r => (string?)r.Item2)), Ids(rows.Select(r => r.Item3))]);
            }

            File.WriteAllText(Path.Combine(folder, "dataset.json"), """{ "accountSums": ["booked"] }""");
        }

        public void WriteReplaced(string folder)
        {
            Directory.CreateDirectory(folder);
            Lines(folder, Customer);
            var rows = Enumerable.Range(0, 60).GroupBy(Customer).Select(g => (
                g.Key, Booked: Sum(g.Select(p => _said[p].Booked)),
                Age: Mean(g.OrderBy(Id, StringComparer.Ordinal).Select(p => _said[p].Age)),
                Region: g.Select(p => _said[p].Region).OfType<string>().GroupBy(r => r).OrderByDescending(r => r.Count())
                    .ThenBy(r => r.Key, StringComparer.Ordinal).FirstOrDefault()?.Key)).ToArray();
            Write(
                Path.Combine(folder, "customers.parquet"), [Name("customer_id"), Float("booked"), Float("age"), Text("region")],
                [
                    Ids(rows.Select(r => (string?)r.Key)), ColumnValues.FromNaN(rows.Select(r => r.Booked).ToArray()),
                    ColumnValues.FromNaN(rows.Select(r => r.Age).ToArray()),
                    (string?[])[.. rows.Select(r => r.Region)],
                ]);
        }

        private void Lines(string folder, Func<int, string> id)
        {
            Write(
                Path.Combine(folder, "transactions.parquet"),
                [
                    Name("customer_id"), ParquetField.Timestamp("ordered_at", false), ParquetField.Double("amount"),
                    ParquetField.String("order_id"), ParquetField.String("product_id"),
                ],
                [
                    Ids(_lines.Select(l => (string?)id(l.Person))), _lines.Select(l => l.Minute * 60_000_000L).ToArray(),
                    _lines.Select(l => l.Cents / 100.0).ToArray(), (string?[])[.. _lines.Select(l => $"o{l.Order}")],
                    (string?[])[.. _lines.Select(l => l.Product)],
                ]);
            Write(
                Path.Combine(folder, "events.parquet"),
                [
                    Name("customer_id"), ParquetField.Timestamp("occurred_at", false), ParquetField.String("kind"),
                    ParquetField.Double("value"),
                ],
                [
                    Ids(_events.Select(e => (string?)id(e.Person))), _events.Select(e => e.Minute * 60_000_000L).ToArray(),
                    (string?[])[.. _events.Select(e => e.Kind)], _events.Select(e => e.Value).ToArray(),
                ]);
        }

        private string Id(int person) => _numbers ? $"{person}" : $"p-{person:00}";

        private string AccountId(int account) => _numbers ? $"{1000 - account}" : $"a-{account:00}";

        private string Customer(int person)
        {
            int account = _account[person];
            if (account < 0)
            {
                return Id(person);
            }

            while (_parent[account] >= 0)
            {
                account = _parent[account];
            }

            return AccountId(account);
        }

        private ParquetField Name(string name) => _numbers ? ParquetField.Int64(name, true) : ParquetField.String(name, true);

        private static ParquetField Float(string name) => ParquetField.Double(name, true);

        private static ParquetField Text(string name) => ParquetField.String(name, true);

        private ColumnValues Ids(IEnumerable<string?> ids) => _numbers
            ? ColumnValues.From(
                ids.Select(i => i is null ? 0 : long.Parse(i)).ToArray(), ids.Select(i => i is null).ToArray())
            : (string?[])[.. ids];

        private static double Sum(IEnumerable<float> of) => of.Where(v => !float.IsNaN(v)).ToArray() is { Length: > 0 } all
            ? all.Sum(v => (double)v) : double.NaN;

        private static double Mean(IEnumerable<float> of) => of.Where(v => !float.IsNaN(v)).ToArray() is { Length: > 0 } all
            ? all.Sum(v => (double)v) / all.Length : double.NaN;

        private static void Write(string path, IReadOnlyList<ParquetField> fields, IReadOnlyList<ColumnValues> columns)
        {
            using var writer = ParquetWriter.Create(path, [.. fields]);
            writer.WriteRowGroup([.. columns]);
            writer.Complete();
        }
    }
}
