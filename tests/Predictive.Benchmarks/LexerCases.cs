extern alias sep;

using System.Text;
using Predictive.History.Import;
using SepImport = sep::Predictive.History.Import;

namespace Predictive.Benchmarks;

/// <summary>
/// What the two lexers make of files that are not as they should be, through the whole import: lines kept, and reasons with line numbers.
/// </summary>
internal static class LexerCases
{
    private const int Following = 100;
    private static readonly string s_following = string.Concat(Enumerable.Range(0, Following).Select(i => $"c{i},2024-01-02,{i}.50,x\n"));

    private static readonly (string Name, string Text)[] s_cases =
    [
        ("as it should be", "customer_id,date,amount,product\na,2024-01-01,5,\"two\nlines, and \"\"quotes\"\"\"\n" + s_following),
        ("an inch sign in a field", "customer_id,date,amount,product\na,2024-01-01,5,12\" ruler\n" + s_following),
        ("a quote that never closes", "customer_id,date,amount,product\na,2024-01-01,5,\"open\n" + s_following),
        (
            "a quote that never closes, 20 MB before the end",
            "customer_id,date,amount,product\na,2024-01-01,5,\"open\n" + string.Concat(Enumerable.Repeat(s_following, 10_000))),
        ("text behind a closing quote", "customer_id,date,amount,product\na,2024-01-01,5,\"6\"\" nail\" x\n" + s_following),
        ("a carriage return within a field", "customer_id,date,amount,product\na,2024-01-01,5,one\rtwo\n" + s_following),
        (
            "a zero byte within a field",
            "customer_id,date,amount,product\n" + s_following + string.Concat(Enumerable.Repeat(s_following, 2))
                + "a,2024-01-01,5,one\0two\n"),
        ("a field too few, a field too many", "customer_id,date,amount,product\na,2024-01-01,5\nb,2024-01-01,5,x,y\n" + s_following),
        ("bytes that are not UTF-8", "customer_id,date,amount,product\na\u00E9,2024-01-01,5,x\n" + s_following),
    ];

    public static IReadOnlyList<object> Run()
    {
        var results = new List<object>();
        string folder = Directory.CreateTempSubdirectory("lexer-cases-").FullName;
        try
        {
            foreach (var (name, text) in s_cases)
            {
                string file = Path.Combine(folder, "in.csv"), output = Path.Combine(folder, "out");
                File.WriteAllBytes(file, Encoding.Latin1.GetBytes(text));
                string ours = Try(output, () =>
                {
                    var r = CsvImport.Run(ImportBench.Options([file], output));
                    return Told(r.Rows, r.Kept, r.Rejected.Select(x => (x.Reason, x.Count, x.FirstLines)));
                });
                string sep = Try(output, () =>
                {
                    var r =
                        SepImport.CsvImport.Run(
                            new SepImport.ImportOptions
                            {
                                Existing = SepImport.ExistingData.Overwrite, Source = file, OutputFolder = output,
                                CustomerColumn = "customer_id", TimeColumn = "date", AmountColumn = "amount", ProductColumn = "product",
                            });
                    return Told(r.Rows, r.Kept, r.Rejected.Select(x => (x.Reason, x.Count, x.FirstLines)));
                });
                results.Add(new { name, lines = text.Count(c => c == '\n') - 1, equal = ours == sep, ours, sep });
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return results;
    }

    private static string Told(long rows, long kept, IEnumerable<(string Reason, long Count, IReadOnlyList<long> Lines)> rejected) =>
        $"{rows} rows, {kept} kept{string.Concat(rejected.Select(r => $"; {r.Reason} {r.Count} (line {string.Join(", ", r.Lines)})"))}";

    private static string Try(string output, Func<string> run)
    {
        try
        {
            return run();
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
        finally
        {
            if (Directory.Exists(output))
            {
                Directory.Delete(output, recursive: true);
            }
        }
    }
}
