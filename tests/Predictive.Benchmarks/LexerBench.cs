extern alias sep;

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using nietras.SeparatedValues;
using Predictive.History.Import;
using SepImport = sep::Predictive.History.Import;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>lexer FILE.csv[.gz] [the columns of import] [--rounds 3]</c>: our CSV lexer and Sep's, turn by turn in one run, on the same file read
/// by the same thread. First the lexing alone (rows, fields, bytes of the fields), then the whole import; then what each makes of rows that
/// are not as they should be. <c>lexer --cases</c> shows the latter alone. Sep's whole import is tests/Predictive.SepImport: our sources
/// with the lexer exchanged.
/// </summary>
internal static class LexerBench
{
    private static readonly JsonSerializerOptions s_json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private delegate Found Lexer(string path, byte delimiter);

    private readonly record struct Found(long Rows, long Fields, long Bytes);

    public static int Run(string[] args)
    {
        var differences = LexerCases.Run();
        if (args is ["--cases"])
        {
            Console.WriteLine(JsonSerializer.Serialize(new { cases = differences }, s_json));
            return 0;
        }

        if (args.Length == 0 || !File.Exists(args[0]))
        {
            Console.Error.WriteLine(
                "Usage: lexer FILE.csv[.gz] [--customer COL] [--time COL] [--order COL] [--amount COL] [--product COL] [--rounds 3], or "
                    + "lexer --cases");
            return 2;
        }

        string? Option(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
        int rounds = int.Parse(Option("--rounds") ?? "3", CultureInfo.InvariantCulture);
        var options = ImportBench.Options(args);
        var sepOptions = new SepImport.ImportOptions
        {
            Existing = SepImport.ExistingData.Overwrite,
            Source = options.Source,
            OutputFolder = options.OutputFolder,
            CustomerColumn = options.CustomerColumn,
            TimeColumn = options.TimeColumn,
            OrderColumn = options.OrderColumn,
            AmountColumn = options.AmountColumn,
            ProductColumn = options.ProductColumn,
        };
        var lexers = new (string Name, Lexer Lex)[]
        {
            ("ours", Ours),
            ("sepWidened", (path, delimiter) => Sep(path, delimiter, quotes: true)),
            ("sepWidenedWithoutQuotes", (path, delimiter) => Sep(path, delimiter, quotes: false)),
            ("sepUtf8Reader", SepUtf8),
        };
        var found = new Dictionary<string, Found>();
        var lex = lexers.ToDictionary(l => l.Name, _ => new List<(double Wall, double Cpu)>());
        var import = new Dictionary<string, List<(double Wall, double Cpu)>> { ["ours"] = [], ["sepWidened"] = [] };
        for (int round = 0; round < rounds; round++)
        {
            foreach (var (name, lexer) in lexers)
            {
                lex[name].Add(Timed(() => found[name] = lexer(options.Source, (byte)',')));
            }

            import["ours"].Add(Timed(() => CsvImport.Run(options)));
            Directory.Delete(options.OutputFolder, recursive: true);
            import["sepWidened"].Add(Timed(() => SepImport.CsvImport.Run(sepOptions)));
            Directory.Delete(options.OutputFolder, recursive: true);
        }

        long rows = found["ours"].Rows;
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                rows,
                lexing = lexers.ToDictionary(l => l.Name, l => new { found[l.Name].Fields, found[l.Name].Bytes, time = Told(lex[l.Name]) }),
                import = import.ToDictionary(i => i.Key, i => Told(i.Value)),
                cases = differences,
            },
            s_json));
        return 0;

        object Told(List<(double Wall, double Cpu)> times) => new
        {
            seconds = Math.Round(Median(times.Select(t => t.Wall)), 3),
            cpuSeconds = Math.Round(Median(times.Select(t => t.Cpu)), 3),
            rowsPerSecond = Math.Round(rows / Median(times.Select(t => t.Wall))),
        };
    }

    /// <summary>By the clock, and of all threads together: the second hardly depends on what else the machine does.</summary>
    private static (double Wall, double Cpu) Timed(Action run)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        run();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static Found Ours(string path, byte delimiter)
    {
        using var source = CsvSource.Open(path);
        var rows = new CsvRowSource(source, new CsvRows(delimiter, (byte)'\n'));
        long count = 0, fields = 0, bytes = 0;
        while (rows.Read())
        {
            count++;
            fields += rows.Rows.FieldCount;
            for (int i = 0; i < rows.Rows.FieldCount; i++)
            {
                bytes += rows.Rows.Field(i).Length;
            }
        }

        return new Found(count, fields, bytes);
    }

    /// <summary>Bytes widened to chars one for one by a reader over our chunks, and the row narrowed back.</summary>
    private static Found Sep(string path, byte delimiter, bool quotes)
    {
        using var source = SepImport.CsvSource.Open(path);
        using TextReader text = SepImport.CsvRowSource.TextOf(source);
        using SepReader reader = nietras.SeparatedValues.Sep.New((char)delimiter)
            .Reader(o => o with { HasHeader = false, DisableColCountCheck = true, DisableQuotesParsing = !quotes, Unescape = quotes })
                .From(text);
        byte[] row = new byte[1 << 20];
        long count = 0, fields = 0, bytes = 0;
        foreach (var current in reader)
        {
            count++;
            fields += current.ColCount;
            Encoding.Latin1.GetBytes(current.Span, row);
            for (int i = 0; i < current.ColCount; i++)
            {
                bytes += current[i].Span.Length;
            }
        }

        return new Found(count, fields, bytes);
    }

    /// <summary>As its documentation uses it: a reader of UTF-8, each field encoded back, since ids are interned as bytes.</summary>
    private static Found SepUtf8(string path, byte delimiter)
    {
        using var source = SepImport.CsvSource.Open(path);
        using var text = new StreamReader(SepImport.CsvRowSource.BytesOf(source), Encoding.UTF8, false, 1 << 16);
        using SepReader reader = nietras.SeparatedValues.Sep.New((char)delimiter)
            .Reader(o => o with { HasHeader = false, DisableColCountCheck = true, Unescape = true }).From(text);
        byte[] field = new byte[1 << 20];
        long count = 0, fields = 0, bytes = 0;
        foreach (var current in reader)
        {
            count++;
            fields += current.ColCount;
            for (int i = 0; i < current.ColCount; i++)
            {
                bytes += Encoding.UTF8.GetBytes(current[i].Span, field);
            }
        }

        return new Found(count, fields, bytes);
    }
}
