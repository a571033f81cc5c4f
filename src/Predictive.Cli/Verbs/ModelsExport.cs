using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Exchange;
using Predictive.History;
using Predictive.Learning;
using Predictive.MLNet.Models;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive models export NAME VERSION --format onnx|mlnet|json --out FILE|DIR</c>: a version for other programs.</summary>
internal static class ModelsExport
{
    private static readonly string[] s_formats = ["onnx", "mlnet", "json"];

    public static Command Create(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "The model, such as default." };
        var version = new Argument<string>("VERSION") { Description = "A number, champion or challenger." };
        Option<string> models = CommonOptions.Models();
        var format = new Option<string>("--format")
        {
            Description =
                "onnx = a graph of probability, spend and orders (to a folder: churn.onnx and clv.onnx); mlnet = one file that "
                    + "mlContext.Model.Load reads; json = every number and formula, readable.",
            HelpName = string.Join('|', s_formats), Required = true,
        };
        format.AcceptOnlyFromAmong(s_formats);
        var output = new Option<string>("--out")
        {
            Description = "The file to write; for onnx a name that ends in .onnx, or a folder.", HelpName = "FILE|DIR", Required = true,
        };
        var command = new Command("export", "Write a version for other programs: ONNX, ML.NET or readable JSON.")
        {
            name, version, models, format, output,
        };
        return command.Does(context, (parsed, _) =>
        {
            string file = parsed.GetRequiredValue(output), kind = parsed.GetRequiredValue(format);
            if (kind != "onnx" && Directory.Exists(file))
            {
                throw new RefusedInputException($"--out is the folder '{file}'; expected a file for --format {kind}.");
            }

            var registry = new ModelRegistry(parsed.GetRequiredValue(models), SmokeTest.Admit);
            ModelVersion found = registry.Resolve(parsed.GetRequiredValue(name), parsed.GetRequiredValue(version));
            var bundle = ModelBundle.Load(registry.Load(found));
            try
            {
                foreach (string written in Write(bundle, kind, file))
                {
                    context.Console.Line(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{found.Name} {found.Version} as {kind}: {written} ({new FileInfo(written).Length / 1024:N0} KB, "
                            + $"{bundle.Profile.FeatureNames.Count} features)"));
                }
            }
            catch (LearningException e)
            {
                throw new RefusedInputException($"{found.Name} {found.Version} cannot be exported: {e.Message}");
            }

            return ExitCode.Done;
        });
    }

    private static IReadOnlyList<string> Write(ModelBundle bundle, string kind, string file)
    {
        switch (kind)
        {
            case "onnx":
                return OnnxFile.Write(bundle, file);
            case "mlnet":
                OnnxPipeline.Write(bundle, file);
                return [file];
            default:
                ModelDocument.Write(bundle, file);
                return [file];
        }
    }
}
