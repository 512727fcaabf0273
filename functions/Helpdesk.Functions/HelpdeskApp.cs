using Helpdesk.Functions.Agenda;
using Helpdesk.Functions.Alerts;
using Helpdesk.Functions.ApiReference;
using Helpdesk.Functions.Approvals;
using Helpdesk.Functions.Attachments;
using Helpdesk.Functions.Audit;
using Helpdesk.Functions.Automations;
using Helpdesk.Functions.Closing;
using Helpdesk.Functions.Conditions;
using Helpdesk.Functions.Configuration;
using Helpdesk.Functions.Console;
using Helpdesk.Functions.Contacts;
using Helpdesk.Functions.Conversations;
using Helpdesk.Functions.Deadlines;
using Helpdesk.Functions.Demo;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Email;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Forms;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Knowledge;
using Helpdesk.Functions.Operations;
using Helpdesk.Functions.Pages;
using Helpdesk.Functions.Portal;
using Helpdesk.Functions.ReportMails;
using Helpdesk.Functions.Reports;
using Helpdesk.Functions.Routing;
using Helpdesk.Functions.Satisfaction;
using Helpdesk.Functions.Search;
using Helpdesk.Functions.Settings;
using Helpdesk.Functions.SignIn;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Teams;
using Helpdesk.Functions.Telephone;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.Views;
using Helpdesk.Functions.WebChat;
using Helpdesk.Functions.Webhooks;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Helpdesk.Functions;

/// <summary>The app, put together: a line per feature.</summary>
public static class HelpdeskApp
{
    /// <summary>Makes the app's builder. Tests replace what they need, a clock or a storage of their own, before they build it.</summary>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) =>
        FunctionsApplication
            .CreateBuilder(args)
            .AddHosting()
            .AddPages()
            .AddSettings()
            .AddDirectory()
            .AddSignIn()
            .AddAttachments()
            .AddTickets()
            .AddEvents()
            .AddDeadlines()
            .AddSla()
            .AddClosing()
            .AddContacts()
            .AddRouting()
            .AddKnowledge()
            .AddForms()
            .AddAudit()
            .AddConditions()
            .AddIntake()
            .AddConversations()
            .AddWebChat()
            .AddTeams()
            .AddAgenda()
            .AddSatisfaction()
            .AddApprovals()
            .AddEmail()
            .AddAlerts()
            .AddTelephone()
            .AddWebhooks()
            .AddViews()
            .AddSearch()
            .AddReports()
            .AddAutomations()
            .AddConsole()
            .AddPortal()
            .AddReportMails()
            .AddApiReference()
            .AddOperations()
            .AddConfiguration()
            .AddDemo();
}
