use crate::open_enum::open_enum;

open_enum! {
    /// The name of an invoke.
    pub enum InvokeName {
        /// A person used `Action.Execute`, or their client refreshes a card.
        AdaptiveCardAction = "adaptiveCard/action",
        /// A dialog is to be opened.
        TaskFetch = "task/fetch",
        /// A dialog was submitted.
        TaskSubmit = "task/submit",
        /// A person searches in a message extension.
        ExtensionQuery = "composeExtension/query",
        /// A link is to be unfurled.
        ExtensionQueryLink = "composeExtension/queryLink",
        /// A link is to be unfurled where the app is not installed.
        ExtensionAnonymousQueryLink = "composeExtension/anonymousQueryLink",
        /// A person picked a search result.
        ExtensionSelectItem = "composeExtension/selectItem",
        /// The address of the settings page is wanted.
        ExtensionQuerySettingUrl = "composeExtension/querySettingUrl",
        /// Settings were submitted.
        ExtensionSetting = "composeExtension/setting",
        /// The dialog of an action command is to be opened.
        ExtensionFetchTask = "composeExtension/fetchTask",
        /// An action command was submitted.
        ExtensionSubmitAction = "composeExtension/submitAction",
        /// A button on a search result was clicked.
        ExtensionCardButtonClicked = "composeExtension/onCardButtonClicked",
        /// The bot's configuration dialog is to be opened.
        ConfigFetch = "config/fetch",
        /// The bot's configuration was submitted.
        ConfigSubmit = "config/submit",
        /// A person accepted or declined a file.
        FileConsent = "fileConsent/invoke",
        /// An action of an actionable message.
        ActionableMessage = "actionableMessage/executeAction",
        /// A person rated a message in Teams' own form.
        MessageSubmitAction = "message/submitAction",
        /// A person wants to rate a message in the bot's dialog.
        MessageFetchTask = "message/fetchTask",
        /// A conversation was handed over from another assistant.
        HandoffAction = "handoff/action",
        /// A person came back from signing in.
        SignInVerifyState = "signin/verifyState",
        /// Teams offers a token for single sign-on.
        SignInTokenExchange = "signin/tokenExchange",
        /// Single sign-on failed in the client.
        SignInFailure = "signin/failure",
        /// A tab of cards is to be filled.
        TabFetch = "tab/fetch",
        /// A tab of cards was submitted.
        TabSubmit = "tab/submit",
        /// A choice set asks for choices while the person types.
        Search = "application/search",
        /// A suggested action of type `Action.Submit` was used.
        SuggestedActionSubmit = "suggestedActions/submit",
    }
}
