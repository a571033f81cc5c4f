using System.Text;
using Predictive.Acting.Contacts;
using Predictive.History;

namespace Predictive.Acting.Tests.Contacts;

/// <summary>contacts.json: its default, and what it refuses, with lines.</summary>
public class ContactSettingsTests
{
    [Fact]
    public void What_init_writes_is_the_default()
    {
        ContactSettings standard = ContactSettings.Parse(Encoding.UTF8.GetBytes(ContactSettings.Standard));
        Assert.Equal(new ContactCap("call", 1, 30), standard.Caps[0]);
        Assert.Equal(5, standard.Caps.Count);
        Assert.Empty(standard.Never);
        Assert.Empty(standard.OptOuts);
        Assert.Equal(standard.Caps, ContactSettings.For(Path.GetTempPath()).Caps);
    }

    [Theory]
    [InlineData("{\"caps\": [\n{\"channel\": \"call\", \"most\": -1, \"days\": 30}]}", "line 2", "-1 contacts; expected 0 or more")]
    [InlineData("{\"caps\": [\n{\"channel\": \"call\", \"most\": 1, \"days\": 0}]}", "line 2", "expected 1 to 3650")]
    [InlineData("{\"caps\": [\n{\"channel\": \"call\", \"most\": 1}]}", "line 2", "has no 'days'")]
    [InlineData("{\n\n\"cap\": []}", "line 3", "'cap' is nothing that the file has; expected caps, never, optOuts")]
    [InlineData("{\n\"optOuts\": [{\"column\": \"x\", \"channel\": \"call\", \"values\": []}]}", "line 2", "values that mean no")]
    [InlineData("{\n\"never\": [1]}", "line 2", "a text in quotes")]
    public void Faults_are_told_with_their_lines(string json, string line, string told)
    {
        DatasetException refused = Assert.Throws<DatasetException>(() => ContactSettings.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Contains($"contacts.json, {line}:", refused.Message, StringComparison.Ordinal);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }
}
