using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Xml;
using Predictive.History;
using Predictive.History.Import;
using Predictive.History.Sheets;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>workbook [ROWS|FILE]</c>: an .xlsx of made-up lines (customer, date, amount, product), or one of yours, imported, beside a bare pass
/// that unzips the sheet and walks it with XmlReader; turn by turn, the median of three each.
/// </summary>
internal static class WorkbookBench
{
    public static int Run(string[] args)
    {
        if (args is [var named, ..] && !int.TryParse(named, out _) && !File.Exists(named))
        {
            Console.Error.WriteLine($"{named} is not there; expected a number of rows, or an .xlsx file.");
            return 2;
        }

        int rows = args.Length > 0 && int.TryParse(args[0], out int n) ? n : 300_000;
        string folder = Directory.CreateTempSubdirectory("workbook-").FullName;
        string file = args.Length > 0 && File.Exists(args[0]) ? args[0] : Path.Combine(folder, "lines.xlsx");
        try
        {
            var random = new Random(1);
            object?[] row = new object?[4];
            IEnumerable<object?[]> Lines()
            {
                for (int i = 0; i < rows; i++)
                {
                    (row[0], row[1], row[2], row[3]) = (
                        $"C{random.Next(20_000):00000}", LocalTime.From(new DateTime(2024, 1, 1).AddMinutes(random.Next(500_000))),
                        random.Next(100, 20_000) / 100.0, $"P{random.Next(900)}");
                    yield return row;
                }
            }

            if (!File.Exists(file))
            {
                using FileStream stream = File.Create(file);
                ExcelSheet.Write(stream, "lines", ["customer", "date", "amount", "product"], Lines(), raw: true, file);
            }

            var import = new List<double>();
            var bare = new List<double>();
            long cells = 0, kept = 0;
            for (int turn = 0; turn < 3; turn++)
            {
                bare.Add(Timed(() => cells = Walk(file)));
                import.Add(
                    Timed(() =>
                        kept = CsvImport.Run(
                            new ImportOptions
                            {
                                Source = file, OutputFolder = Path.Combine(folder, "out"), Existing = ExistingData.Overwrite,
                            }).Kept));
            }

            double b = bare.Order().ElementAt(1), m = import.Order().ElementAt(1);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                kept, cells, fileMB = Math.Round(new FileInfo(file).Length / 1048576.0, 1), bareSeconds = Math.Round(b, 2),
                importSeconds = Math.Round(m, 2), speedOfBare = Math.Round(b / m, 2), rssMB = Math.Round(ImportBench.PeakMemoryMB(), 1),
            }));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long Walk(string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(file);
        using Stream sheet = archive.Entries.First(e => e.FullName.StartsWith("xl/worksheets/", StringComparison.Ordinal)).Open();
        using XmlReader reader = XmlReader.Create(sheet);
        long cells = 0;
        while (reader.Read())
        {
            cells += reader.NodeType == XmlNodeType.Element && reader.LocalName == "c" ? 1 : 0;
        }

        return cells;
    }

    private static double Timed(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }
}
