using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Segments;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive explain-segment DIR --segment NAME</c>: what sets a segment apart, in sentences.</summary>
internal static class ExplainSegmentVerb
{
    public static Command Create(VerbContext context)
    {
        var command = new Command("explain-segment", "What sets a segment apart from the other customers, in sentences.");
        SegmentBase.Arguments arguments = SegmentBase.AddTo(command);
        var segment = new Option<string>("--segment")
        {
            Description = "An own segment, or a group of any model: an RFM segment, lifecycle stage, tier ...", HelpName = "NAME",
            Required = true,
        };
        Option<bool> json = CommonOptions.Json();
        command.Add(segment);
        command.Add(json);
        return command.Does(context, (parsed, cancellation) =>
        {
            string name = parsed.GetRequiredValue(segment);
            (string model, SegmentInsight insight) = WorkProgress.Run(context.Console, progress =>
            {
                SegmentBase loaded = SegmentBase.Load(arguments, parsed, context, progress, cancellation);
                SegmentTable table = loaded.Table(loaded.AsOf, progress, cancellation);
                var found = SegmentGroups.Find(table, name) ?? throw new RefusedInputException(
                    $"There is no segment '{name}'; expected one of "
                        + string.Join(
                            ", ",
                            SegmentGroups.Own(table).Select(o => o.Name)
                                .Concat(SegmentGroups.Models.SelectMany(m => SegmentGroups.Of(table, m)).Select(g => g.Name)).Distinct())
                        + ".");
                return (found.Model, SegmentTree.Grow(table, found.Name, found.Members));
            });
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { Model = model, Insight = insight });
                return ExitCode.Done;
            }

            CultureInfo c = CultureInfo.InvariantCulture;
            context.Console.Heading(string.Create(
                c,
                $"'{insight.Segment}' ({model.Replace('_', ' ')}): {insight.Members:N0} of {insight.Customers:N0} customers; "
                    + $"{100 * insight.Caught:0} % of them are in groups that are mostly of the segment"));
            foreach (SegmentLeaf leaf in insight.Leaves)
            {
                context.Console.Line("- " + leaf.Text);
            }

            return ExitCode.Done;
        });
    }
}
