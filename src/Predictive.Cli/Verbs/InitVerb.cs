using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Segments;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive init DIR</c>: writes the commented segments.json of a dataset.</summary>
internal static class InitVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a segments.json that is there." };
        var command = new Command(
            "init", "Write segments.json: every threshold, name, play, point and rule of the shop, commented, to be edited.")
        {
            dataset, overwrite,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string file = SegmentsFile.PathIn(DatasetFolder.Open(parsed.GetRequiredValue(dataset)).Root);
            if (File.Exists(file) && !parsed.GetValue(overwrite))
            {
                SegmentsFile.Read(file);
                throw new RefusedInputException(
                    $"{file} is there already, and right; edit it, or replace it by the defaults with --overwrite.");
            }

            SegmentsFile.Write(file);
            context.Console.Line($"{file}: edit it, see what it does with predictive segment, put it in force with predictive train");
            return ExitCode.Done;
        });
    }
}
