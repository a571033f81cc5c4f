using System.Text;

namespace Predictive.Tests;

/// <summary>Reads CSV with nothing of the product: the oracle of the tests.</summary>
internal static class CsvText
{
    /// <summary>RFC 4180, char by char, strict: a quote within a field that is not quoted fails.</summary>
    public static List<string[]> Parse(string csv)
    {
        var rows = new List<string[]>();
        var row = new List<string>();
        int i = 0;
        while (i < csv.Length)
        {
            var field = new StringBuilder();
            if (csv[i] == '"')
            {
                for (i++; csv[i] != '"' || (i + 1 < csv.Length && csv[i + 1] == '"'); i++)
                {
                    i += csv[i] == '"' ? 1 : 0;
                    field.Append(csv[i]);
                }

                i++;
            }
            else
            {
                for (; csv[i] is not (',' or '\n'); i++)
                {
                    Assert.True(csv[i] is not ('"' or '\r'), $"an unquoted field holds {(int)csv[i]} at {i}");
                    field.Append(csv[i]);
                }
            }

            row.Add(field.ToString());
            Assert.True(csv[i] is ',' or '\n', $"something behind a closing quote at {i}");
            if (csv[i++] == '\n')
            {
                rows.Add([.. row]);
                row.Clear();
            }
        }

        Assert.Empty(row);
        return rows;
    }
}
