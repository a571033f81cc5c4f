using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History.Warehouse.Copies;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive layout TABLE [--run]</c>: a copy of a warehouse's table of which each slice is read by itself.</summary>
internal static class LayoutVerb
{
    public static Command Create(VerbContext context)
    {
        // Not CommonOptions.Dataset: that would copy the lines here first.
        var table = new Argument<string>("TABLE")
        {
            Description = "Dataset folder whose lines lie in ClickHouse, or clickhouse://HOST:8123/DB?table=NAME; of several servers that "
                + "hold a share each, their addresses, separated by commas.",
        };
        var to = new Option<string?>("--to")
        {
            Description = "Name of the copy, in the same database. Default: the table's with _by_customer.", HelpName = "NAME",
        };
        var run = new Option<bool>("--run")
        {
            Description = "Make the copy, or make it anew. Default: print the statements that would.",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "layout", "Lay a table of ClickHouse out by customer, so that 'worker --slices' reads it once and not once a slice.")
        {
            table, to, run, json,
        };
        return command.Does(context, async (parsed, cancellation) =>
        {
            string named = parsed.GetRequiredValue(table);
            if (parsed.GetValue(run))
            {
                (long lines, IReadOnlyList<string> places) = await WarehouseLayout.MakeAsync(named, parsed.GetValue(to), cancellation);
                if (parsed.GetValue(json))
                {
                    context.Console.WriteJson(new { Lines = lines, Tables = places });
                    return ExitCode.Done;
                }

                context.Console.Line(string.Create(
                    CultureInfo.InvariantCulture, $"{lines:N0} lines laid out by customer: {string.Join("; ", places)}"));
                return ExitCode.Done;
            }

            LayoutPlan plan = await WarehouseLayout.PlanAsync(named, parsed.GetValue(to), cancellation);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(plan);
                return ExitCode.Done;
            }

            Show(context.Console, plan);
            return ExitCode.Done;
        });
    }

    private static void Show(UserConsole console, LayoutPlan plan)
    {
        if (plan.IsThere)
        {
            console.Line("-- The table is laid out by customer already.");
            return;
        }

        console.Line(plan.Here.Count == 0 ? "-- On each server that holds rows; --run does it:" : "-- On each server that holds rows:");
        foreach (string statement in plan.Each)
        {
            console.Out.WriteLine(statement + ";");
        }

        if (plan.Here.Count > 0)
        {
            console.Line("-- Then on the server that shows them all:");
        }

        foreach (string statement in plan.Here)
        {
            console.Out.WriteLine(statement + ";");
        }
    }
}
