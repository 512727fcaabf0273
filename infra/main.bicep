targetScope = 'resourceGroup'

@description('Name of the environment, part of every resource name.')
@minLength(2)
@maxLength(24)
param environmentName string = 'helpdesk'

@description('Region of all resources. It must offer Flex Consumption.')
param location string = resourceGroup().location

@description('The first admin key, at least 16 characters. It is kept in the key vault; all other keys are made through the API.')
@secure()
@minLength(16)
param adminKey string

@description('The API key of SendGrid, or with smtpHost the password of the mail server. Without one, the desk sends no mail.')
@secure()
param mailSecret string = ''

@description('The mail server that takes what goes out, on port 587; empty for SendGrid.')
param smtpHost string = ''

@description('The user at that mail server; empty for one that asks for none.')
param smtpUser string = ''

@description('The sender of mails where a workspace has no mailbox.')
param mailFrom string = ''

@description('The public key by which SendGrid signs the events that it reports.')
param sendGridEventKey string = ''

@description('The OpenID Connect provider that agents sign in at, such as https://login.microsoftonline.com/<tenant id>/v2.0; empty for keys alone.')
param signInAuthority string = ''

@description('The id of the console at that provider.')
param signInClientId string = ''

@description('Whom access tokens are meant for; empty for the client id.')
param signInAudience string = ''

@description('What the console asks the provider for; empty for "openid profile email offline_access".')
param signInScopes string = ''

@description('Whether agents may also sign in with keys.')
param signInAllowKeys bool = true

@description('Memory of one instance in MB, shared by the Functions host and the app. What is billed grows with it.')
@allowed([ 512, 2048, 4096 ])
param instanceMemory int = 2048

@description('The most instances that may run at once. It limits the bill.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Instances that are always ready for HTTP; 0 scales to zero.')
@minValue(0)
@maxValue(20)
param alwaysReadyHttp int = 0

@description('Instances that are always ready for orchestrations; 0 scales to zero.')
@minValue(0)
@maxValue(20)
param alwaysReadyDurable int = 0

@description('When due times are looked for that no orchestration has met, as a timer expression. Each time wakes an instance: docs/cost.md.')
param sweepSchedule string = '15 */5 * * * *'

@description('When failed orchestrations are brought back, as a timer expression.')
param rewindSchedule string = '45 */10 * * * *'

@description('When mailboxes are fetched, as a timer expression. Together with the due times it wakes no instance of its own.')
param imapSchedule string = '15 */5 * * * *'

@description('How often the desk sends a request of its own through each intake, such as 00:15:00; 00:00:00 sends none. The timer of the due times sends them.')
param probeEvery string = '00:00:00'

@description('E-mail address for alerts; empty for none.')
param alertEmail string = ''

@description('Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param logDays int = 30

@description('Whether to register a bot for Microsoft Teams.')
param teamsBot bool = true

@description('Name that people see in Teams.')
@maxLength(42)
param botName string = 'Helpdesk'

var names = loadJsonContent('abbreviations.json')
var token = toLower(uniqueString(subscription().id, resourceGroup().id, environmentName))
var tags = {
  'azd-env-name': environmentName
}

module identity 'modules/identity.bicep' = {
  params: {
    name: '${names.identity}${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    logAnalyticsName: '${names.logAnalytics}${token}'
    applicationInsightsName: '${names.applicationInsights}${token}'
    logDays: logDays
    principalId: identity.outputs.principalId
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: '${names.storageAccount}${token}'
    principalId: identity.outputs.principalId
    logAnalyticsId: monitoring.outputs.logAnalyticsId
    location: location
    tags: tags
  }
}

module keyVault 'modules/keyvault.bicep' = {
  params: {
    name: '${names.keyVault}${token}'
    adminKey: adminKey
    mailSecret: mailSecret
    principalId: identity.outputs.principalId
    location: location
    tags: tags
  }
}

module events 'modules/eventgrid.bicep' = {
  params: {
    name: '${names.eventGridTopic}${token}'
    principalId: identity.outputs.principalId
    location: location
    tags: tags
  }
}

module app 'modules/app.bicep' = {
  params: {
    planName: '${names.plan}${token}'
    appName: '${names.functionApp}${token}'
    instanceMemory: instanceMemory
    maximumInstances: maximumInstances
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyDurable: alwaysReadyDurable
    sweepSchedule: sweepSchedule
    rewindSchedule: rewindSchedule
    imapSchedule: imapSchedule
    probeEvery: probeEvery
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.name
    deploymentContainer: storage.outputs.deploymentContainerUrl
    applicationInsightsConnection: monitoring.outputs.connectionString
    adminKeyUri: keyVault.outputs.adminKeyUri
    mailSecretUri: keyVault.outputs.mailSecretUri
    mailFrom: mailFrom
    smtpHost: smtpHost
    smtpUser: smtpUser
    sendGridEventKey: sendGridEventKey
    signInAuthority: signInAuthority
    signInClientId: signInClientId
    signInAudience: signInAudience
    signInScopes: signInScopes
    signInAllowKeys: signInAllowKeys
    topicEndpoint: events.outputs.endpoint
    botAppId: teamsBot ? identity.outputs.clientId : ''
    location: location
    tags: tags
  }
}

module bot 'bot.bicep' = if (teamsBot) {
  params: {
    name: '${names.bot}${token}'
    displayName: botName
    appUrl: app.outputs.url
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    tags: tags
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    actionGroupName: '${names.actionGroup}${token}'
    alertPrefix: '${names.alert}${token}-'
    alertEmail: alertEmail
    appId: app.outputs.id
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    logAnalyticsId: monitoring.outputs.logAnalyticsId
    probes: probeEvery != '00:00:00'
    location: location
    tags: tags
  }
}

@description('Where the helpdesk answers.')
output HELPDESK_URL string = app.outputs.url

@description('The function app that azd deploys to.')
output SERVICE_HELPDESK_NAME string = app.outputs.name

@description('The id of the bot, for the Teams package; empty without one.')
output HELPDESK_BOT_ID string = teamsBot ? identity.outputs.clientId : ''
