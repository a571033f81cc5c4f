using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History.Simulation;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive generate --customers N --years Y --seed S --out DIR</c></summary>
internal static class GenerateVerb
{
    public static Command Create(VerbContext context)
    {
        var defaults = new SimulationOptions();
        var customers =
            new Option<int>("--customers") { Description = "Customers who ever buy.", DefaultValueFactory = _ => defaults.Customers };
        var years =
            new Option<double>("--years") { Description = "Length of the history, years.", DefaultValueFactory = _ => defaults.Years };
        Option<int> seed = CommonOptions.Seed();
        var output = new Option<string>("--out") { Description = "Dataset folder to write.", HelpName = "DIR", Required = true };
        var command = new Command(
            "generate",
            "Make a seeded customer base whose truth is known (rates, dropout, tastes), as a dataset.") { customers, years, seed, output };
        return command.Does(context, (parsed, cancellation) =>
        {
            var options = new SimulationOptions
            {
                Customers = parsed.GetValue(customers), Years = parsed.GetValue(years), Seed = parsed.GetValue(seed),
            };
            try
            {
                options.Validate();
            }
            catch (ArgumentException e)
            {
                throw new RefusedInputException(e.Message);
            }

            string folder = parsed.GetRequiredValue(output);
            SimulatedBase made = WorkProgress.Run(context.Console, progress =>
            {
                progress.Report("generate", 0);
                return Simulator.GenerateTo(folder, options, cancellation);
            });
            context.Console.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{folder}: {made.History.CustomerCount:N0} customers, {made.History.LineCount:N0} lines, {options.Start:yyyy-MM-dd} "
                        + $"to {options.End:yyyy-MM-dd}, seed {options.Seed}"));
            return ExitCode.Done;
        });
    }
}
