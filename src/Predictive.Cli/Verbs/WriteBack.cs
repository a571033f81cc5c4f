using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.History.Warehouse.Copies;

namespace Predictive.Cli.Verbs;

/// <summary><c>--to ADDRESS</c> of a verb that writes a file of rows: the file also replaces a table of a warehouse.</summary>
/// <param name="what">The rows, in words.</param>
internal sealed class WriteBack(string what)
{
    private readonly Option<string?> _to = new("--to")
    {
        Description =
            $"Also replace this table by the {what}, as a whole: clickhouse://HOST:8123/DB?table=NAME. --out is .parquet then.",
        HelpName = "ADDRESS",
    };

    /// <summary>The option.</summary>
    public Option Option => _to;

    /// <summary>Refuses what cannot be written: before the work, not after it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">What --out says; null = nothing.</param>
    public void Require(ParseResult parsed, string? file)
    {
        if (parsed.GetValue(_to) is not { } address)
        {
            return;
        }

        WarehouseTable.Require(address);
        if (CommonOptions.SliceOf(parsed) is not null)
        {
            throw new RefusedInputException(
                "--to with --slice: each slice would replace the table, and the last would be all of it. Write the files of all slices, "
                    + "then load them.");
        }

        if (!".parquet".Equals(Path.GetExtension(file), StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedInputException(
                $"--out is {file ?? "not given"}; with --to expected a file that ends with .parquet.");
        }
    }

    /// <summary>Replaces the table by the file.</summary>
    /// <returns>Server and table; null = not asked for.</returns>
    public string? Send(ParseResult parsed, string file, CancellationToken cancellation) =>
        parsed.GetValue(_to) is not { } address ? null
            : WarehouseTable.ReplaceAsync(address, file, cancellation).GetAwaiter().GetResult().Place;
}
